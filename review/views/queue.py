"""The queue's page, and the ways from it to a case."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.decorators import reviewer_required
from common.errors import Conflict, DailiesError
from review import selectors, services
from review.views.shared import case_or_404, private, reviewer_of, to_case


@private
@reviewer_required
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """What waits, for how long, and what this reviewer holds."""
    return _desk(request)


@reviewer_required
@require_POST
def claim_next(request: HttpRequest) -> HttpResponse:
    """The next case, opened."""
    try:
        found = services.claim_next(actor=reviewer_of(request))
    except Conflict as refusal:
        return _desk(request, refusal)
    if found is None:
        messages.info(request, _("Nothing else waits for you."))
        return redirect("desk")
    return to_case(*found)


@reviewer_required
@require_POST
def claim(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One case out of the table, opened; or one's own claim, moved to this window."""
    case = case_or_404(case_id)
    try:
        found = services.claim(actor=reviewer_of(request), case=case, take_over="take_over" in request.POST)
    except DailiesError as refusal:
        return _desk(request, refusal)
    return to_case(*found)


def _desk(request: HttpRequest, refusal: DailiesError | None = None) -> HttpResponse:
    template = "review/desk.html#queue" if request.htmx and refusal is None else "review/desk.html"  # type: ignore[attr-defined]
    context = {"queue": selectors.queue(reviewer_of(request)), "refusal": refusal, "limit": services.CLAIMS_AT_ONCE}
    return render(request, template, context, status=refusal.status if refusal else 200)
