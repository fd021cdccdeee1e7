"""The queue's page, and the ways from it to a case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.decorators import reviewer_required
from common.errors import Conflict, DailiesError
from review import filters, policies, selectors, services
from review.models import SavedFilter
from review.views.filters import FilterForm
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
    reviewer = reviewer_of(request)
    chosen, wrong = filters.read_lenient(dict(request.GET.lists()))
    context = {
        "queue": selectors.queue(reviewer),
        "queues": selectors.queues_at_a_glance(reviewer),
        "rows": selectors.queue_rows(reviewer, chosen, after=request.GET.get("after", "")),
        "after": request.GET.get("after", ""),
        "chosen": chosen,
        "not_next": services.refusal_of_next(actor=reviewer),
        "can_lead": policies.can_lead(reviewer),
        "refusal": refusal,
    }
    if request.htmx and refusal is None:  # type: ignore[attr-defined]
        return render(request, "review/desk.html#queue", context)
    context |= _around(request, chosen, wrong)
    return render(request, "review/desk.html", context, status=refusal.status if refusal else 200)


def _around(request: HttpRequest, chosen: filters.Filter, wrong: list[str]) -> dict[str, Any]:
    """What of the page stays while the queue is fetched again."""
    kept = [(one, filters.read_lenient(one.query)[0]) for one in SavedFilter.objects.filter(owner=reviewer_of(request))]
    saved = [(one, asked.querystring, asked == chosen) for one, asked in kept]
    return {"form": FilterForm(chosen), "wrong": wrong, "saved": saved}
