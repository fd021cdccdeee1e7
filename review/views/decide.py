"""The decision from the case page: asked once more, then made; and what becomes of words that came too late."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.decorators import reviewer_required
from common.errors import DailiesError, Invalid
from review import selectors, services, wording
from review.forms import DecisionForm
from review.models import ReviewCase
from review.services import meanwhile
from review.services.decisions import told
from review.views.case import case_page
from review.views.shared import back_to_desk, case_or_404, private, reviewer_of
from review.views.typed import lost_page, typed_comment, unadded_comment
from review.views.verdict import decision_form


@private
@reviewer_required
@require_POST
def decide(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Two steps: the first shows what is about to be decided, the second (`confirmed`) decides."""
    mine = case_or_404(case_id)
    reviewer = reviewer_of(request)
    form = decision_form(mine, request.POST)
    claim = selectors.live_claim(case=mine, reviewer=reviewer, token=request.POST.get("claim_token", ""))
    if claim is None:
        if not mine.claims.filter(reviewer=reviewer).exists():
            raise Http404
        return lost_page(request, mine, meanwhile.why_lost(mine, reviewer, request.POST.get("claim_token", "")))
    if unadded := unadded_comment(request, mine):
        # It would not reach the artist, and after the decision nobody could add it.
        return case_page(request, claim, form=form, comment_form=unadded, status=400)
    if not form.is_valid() or "edit" in request.POST:
        comment = typed_comment(request, mine)
        return case_page(request, claim, form=form, comment_form=comment, status=200 if "edit" in request.POST else 400)
    if "confirmed" not in request.POST:
        # The second step for a browser without JavaScript; with it, a dialog asks the same.
        return render(request, "review/confirm.html", {"case": mine, "form": form, "choice": form.chosen})
    try:
        result = services.decide(actor=reviewer, case=mine, **_arguments(form))
    except Invalid as invalid:
        form.blame(invalid)
        return case_page(request, claim, form=form, status=invalid.status)
    except DailiesError as refusal:
        return _refused(request, mine, form, refusal)
    messages.success(request, wording.said(mine.kind, form.cleaned_data["outcome"], told(result)))
    return back_to_desk(case_id)


def _arguments(form: DecisionForm) -> dict[str, Any]:
    values = dict(form.cleaned_data)
    return values | {"reason_code": values.pop("reason")}


def _refused(request: HttpRequest, mine: ReviewCase, form: DecisionForm, refusal: DailiesError) -> HttpResponse:
    """The page again with everything that was typed: with the content while the claim holds, else without."""
    reviewer = reviewer_of(request)
    token = form["claim_token"].value() or ""
    claim = selectors.live_claim(case=mine, reviewer=reviewer, token=token)
    if claim is None:
        return lost_page(request, mine, refusal)
    # The page shows the case as it is now, so what it sends next must speak of that and not of what was shown.
    values = request.POST.copy()
    fresh = decision_form(mine, values)
    values["case_version"] = str(mine.version)
    shown = {rendition.kind: rendition.sha256 for rendition in selectors.shown_renditions(mine.video)}
    values["shown"] = fresh.fields["shown"].prepare_value(shown)
    return case_page(request, claim, form=fresh, refusal=refusal, status=refusal.status)
