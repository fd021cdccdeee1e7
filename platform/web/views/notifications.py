"""What a person was told."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render, resolve_url
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import signed_in
from notifications import policies, services
from web.answers import page, person

A_PAGE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@page
def notifications(request: HttpRequest) -> HttpResponse:
    """The list, newest first; POST marks all as read."""
    user = person(request)
    if request.method == "POST":
        services.mark_all_read(actor=user)
        return HttpResponseRedirect(resolve_url("notifications"), status=303)
    rows = Paginator(policies.visible_to(user).order_by("-id"), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "web/notifications.html", {"rows": rows})


@require_POST
@signed_in
@page
def read(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mark one as read and go where it leads."""
    user = person(request)
    found = get_object_or_404(policies.visible_to(user), pk=pk)
    services.mark_read(actor=user, notification=found)
    return HttpResponseRedirect(found.path or resolve_url("notifications"), status=303)
