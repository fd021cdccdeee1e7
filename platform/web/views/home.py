"""The front door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.views.decorators.http import require_safe

from accounts.models import User
from review.selectors import deadline_figures
from web import selectors
from web.durations import about


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the programme is, for who is outside; straight to work for who is signed in."""
    if isinstance(request.user, User) and (place := _workplace(request.user)):
        return HttpResponseRedirect(resolve_url(place))
    figures = selectors.figures()
    wait = figures.median_wait_seconds
    context = {
        "figures": figures,
        "wait": None if wait is None else about(wait),
        "deadlines": deadline_figures(),
    }
    return render(request, "web/home.html", context)


def _workplace(user: User) -> str:
    if user.is_admin:
        return "admin:index"
    if user.is_reviewer:
        return "desk"
    return "studio" if getattr(user, "participant", None) else ""
