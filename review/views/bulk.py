"""Deciding clear-cut cases alike: chosen, looked at once more, confirmed by a second person, undone for ten minutes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.decorators import reviewer_required
from common.errors import DailiesError, Invalid, NotFound
from review import filters, policies, selectors, wording
from review.bulk_form import BulkForm
from review.models import BulkDecision
from review.selectors import bulk as bulk_selectors
from review.services import bulk as services
from review.states import BulkState, CaseKind
from review.views.filters import FilterForm
from review.views.shared import private, reviewer_of


@private
@reviewer_required
@require_http_methods(["GET", "POST"])
def bulk(request: HttpRequest) -> HttpResponse:
    """What can be chosen, and what waits for a second person. A POST shows what it would do; `confirmed` proposes."""
    if request.method == "GET":
        return _page(request)
    form = _form(request)
    if not form.is_valid():
        return _page(request, form, status=400)
    if "edit" in request.POST:
        return _page(request, form)
    if "confirmed" not in request.POST:
        return _preview(request, form)
    values = dict(form.cleaned_data)
    try:
        made = services.propose(actor=reviewer_of(request), reason_code=values.pop("reason"), **values)
    except Invalid as invalid:
        form.blame(invalid)
        return _page(request, form, status=invalid.status)
    except DailiesError as refusal:
        return _page(request, form, refusal, status=refusal.status)
    messages.success(request, _("Proposed. Somebody else confirms it; until then you can take it back."))
    return redirect("desk-bulk-one", made.pk)


@private
@reviewer_required
@require_GET
def bulk_one(request: HttpRequest, bulk_id: UUID) -> HttpResponse:
    """One proposal: its cases, who agreed, and what became of each."""
    return _one(request, _bulk_or_404(request, bulk_id))


@private
@reviewer_required
@require_POST
def confirm(request: HttpRequest, bulk_id: UUID) -> HttpResponse:
    """The second person agrees."""
    mine = _bulk_or_404(request, bulk_id)
    try:
        services.confirm(actor=reviewer_of(request), bulk=mine)
    except NotFound:
        raise Http404 from None
    except DailiesError as refusal:
        return _one(request, mine, refusal)
    messages.success(request, _("Confirmed. It is applied in ten minutes; either of you can undo it until then."))
    return redirect("desk-bulk-one", bulk_id)


@private
@reviewer_required
@require_POST
def undo(request: HttpRequest, bulk_id: UUID) -> HttpResponse:
    """Taken back, before anything has happened to any case."""
    mine = _bulk_or_404(request, bulk_id)
    try:
        services.undo(actor=reviewer_of(request), bulk=mine)
    except NotFound:
        raise Http404 from None
    except DailiesError as refusal:
        return _one(request, mine, refusal)
    messages.success(request, _("Taken back. Nothing has happened to any of the cases."))
    return redirect("desk-bulk-one", bulk_id)


def _form(request: HttpRequest) -> BulkForm:
    return BulkForm(request.POST, rules=selectors.policies_in_force())


def _bulk_or_404(request: HttpRequest, bulk_id: UUID) -> BulkDecision:
    found = policies.bulk_visible_to(reviewer_of(request)).filter(pk=bulk_id)
    mine = found.select_related("proposed_by", "confirmed_by", "reason", "policy_version__policy").first()
    if mine is None:
        raise Http404
    return mine


def _page(
    request: HttpRequest, form: BulkForm | None = None, refusal: DailiesError | None = None, status: int = 200
) -> HttpResponse:
    reviewer = reviewer_of(request)
    chosen, wrong = filters.read_lenient(dict(request.GET.lists()))
    context = {
        "rows": bulk_selectors.bulk_choice(reviewer, chosen),
        "most": bulk_selectors.MOST,
        "form": form or BulkForm(rules=selectors.policies_in_force()),
        "filter_form": _filter_form(chosen),
        "wrong": wrong,
        "pending": bulk_selectors.bulk_pending(reviewer),
        "closed": bulk_selectors.bulk_closed(reviewer),
        "refusal": refusal,
        "replies": list(selectors.replies_for(reviewer)),
    }
    return render(request, "review/bulk.html", context, status=status)


def _filter_form(chosen: filters.Filter) -> FilterForm:
    """The queue's own filters, without what a choice for a bulk decision settles by itself."""
    form = FilterForm(chosen)
    for name in ("state", "kind", "for_me"):
        form.fields.pop(name, None)
    return form


def _preview(request: HttpRequest, form: BulkForm) -> HttpResponse:
    """What would be proposed, line by line; of cases that have gone meanwhile it says how many."""
    cases: dict[UUID, int] = form.cleaned_data["cases"]
    rows = bulk_selectors.bulk_choice(reviewer_of(request), filters.Filter(), only=cases)
    unseen = [row for row in rows if not row.opened]
    context = {
        "form": form,
        "rows": rows,
        "gone": len(cases) - len(rows),
        "unseen": unseen,
        "choice": wording.choice(CaseKind.SUBMISSION, form.cleaned_data["outcome"]),
        "reason_label": _reason_label(form),
    }
    return render(request, "review/bulk_preview.html", context)


def _reason_label(form: BulkForm) -> str:
    reasons = selectors.reasons_of(selectors.policies_in_force())
    found = reasons.get(form.cleaned_data["reason"])
    return found.label if found else ""


def _one(request: HttpRequest, mine: BulkDecision, refusal: DailiesError | None = None) -> HttpResponse:
    reviewer = reviewer_of(request)
    mine.refresh_from_db()
    part: dict[str, Any] = {
        "can_confirm": mine.state == BulkState.PROPOSED and reviewer.pk != mine.proposed_by_id,
        "can_undo": mine.state in {BulkState.PROPOSED, BulkState.CONFIRMED}
        and (reviewer.pk in {mine.proposed_by_id, mine.confirmed_by_id} or policies.can_lead(reviewer)),
    }
    context = {
        "bulk": mine,
        "items": bulk_selectors.bulk_items(mine, reviewer),
        "choice": wording.choice(CaseKind.SUBMISSION, mine.outcome),
        "refusal": refusal,
    }
    return render(request, "review/bulk_one.html", context | part, status=refusal.status if refusal else 200)
