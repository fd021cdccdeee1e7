"""The page of one case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.decorators import reviewer_required
from accounts.models import User
from common.errors import DailiesError
from common.problems import problem_of
from review import policies, selectors, services
from review.comment_form import CommentForm
from review.forms import DecisionForm
from review.models import Claim, ReviewCase
from review.services import meanwhile
from review.views.shared import CLAIM_COOKIE, back_to_desk, case_or_404, look_of, private, reviewer_of, seconds_left
from review.views.typed import carried, gone, gone_on, typed_comment, typed_decision
from review.views.verdict import beside, decision_form

# While the page is open and looked at it renews its claim this often.
RENEW_SECONDS = 60


@private
@reviewer_required
@require_GET
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The case, for the window that holds it; to a reviewer who never held it there is nothing here."""
    mine = case_or_404(case_id)
    reviewer = reviewer_of(request)
    held = policies.held_by(reviewer).filter(case=mine).first()
    if held is None:
        if not mine.claims.filter(reviewer=reviewer).exists():
            raise Http404
        messages.warning(request, meanwhile.where_it_is(mine, reviewer))
        return back_to_desk(case_id)
    claim = selectors.live_claim(case=mine, reviewer=reviewer, token=request.COOKIES.get(CLAIM_COOKIE, ""))
    if claim is None:
        return render(request, "review/elsewhere.html", {"case": mine, "claim": held})
    return case_page(request, claim, token=request.COOKIES[CLAIM_COOKIE])


@private
@reviewer_required
@require_POST
def renew(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Asked by the page every minute; by a person without JavaScript with a button."""
    mine = case_or_404(case_id)
    by_script = request.accepts("application/json") and not request.accepts("text/html")
    try:
        claim = services.renew(actor=reviewer_of(request), case=mine, token=request.POST.get("claim_token", ""))
    except DailiesError as refusal:
        if by_script:
            return JsonResponse(problem_of(refusal), status=refusal.status)
        return gone(request, mine, refusal)
    if by_script:
        # A second person may have become needed since the page was written: it then words its question anew.
        opinion_only = mine.approvals_needed == 2 and mine.escalated_at is None
        return JsonResponse({"seconds_left": seconds_left(claim), "opinion_only": opinion_only})
    if carried(request):
        return case_page(request, claim, form=typed_decision(request, mine), comment_form=typed_comment(request, mine))
    return redirect("desk-case", case_id)


@private
@reviewer_required
@require_POST
def release(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Back into the queue, for somebody else."""
    mine = case_or_404(case_id)
    try:
        services.release(actor=reviewer_of(request), case=mine, token=request.POST.get("claim_token", ""))
    except DailiesError as refusal:
        return gone(request, mine, refusal)
    return gone_on(request, mine, _("The case is back in the queue. You will not be given it again as the next one."))


def case_page(
    request: HttpRequest,
    claim: Claim,
    *,
    form: DecisionForm | None = None,
    comment_form: CommentForm | None = None,
    token: str = "",
    refusal: DailiesError | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page as the holder of the claim sees it; `form` and `refusal` when something was sent and did not go."""
    mine = ReviewCase.objects.select_related("video").get(pk=claim.case_id)
    view = selectors.case_view(mine, claim.reviewer)
    if form is None:
        form = decision_form(mine, claim_token=token, case_version=mine.version, shown=view.shown)
    reviewer = reviewer_of(request)
    preferences = selectors.preferences_of(reviewer)
    context = {
        "view": view,
        "case": mine,
        "video": mine.video,
        "claim": claim,
        "seconds_left": seconds_left(claim),
        "renew_seconds": min(RENEW_SECONDS, settings.CLAIM_MINUTES * 20),
        "form": form,
        "refusal": refusal,
        "queue": selectors.queue(reviewer),
        "preferences": preferences,
        "look": look_of(preferences),
        "comments": view.comments,
        "comment_form": comment_form or CommentForm(video=mine.video),
        "reviewer": reviewer,
    } | beside(reviewer)
    return render(request, "review/case.html", context, status=status)


def comments_context(mine: ReviewCase, reviewer: User, form: CommentForm) -> dict[str, Any]:
    """What the comments' part of the page needs when it is fetched alone."""
    found = selectors.comments_of_round(mine, reviewer).select_related("author")
    return {"case": mine, "video": mine.video, "comments": found, "comment_form": form, "reviewer": reviewer}
