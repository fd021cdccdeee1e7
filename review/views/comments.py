"""Comments from the case page: with scripts a fragment of it, without them the whole page with every text kept."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from accounts.decorators import reviewer_required
from common.errors import DailiesError, Invalid
from common.problems import problem_of
from review import selectors, services
from review.comment_form import CommentForm
from review.models import Claim, Comment, ReviewCase
from review.services import meanwhile
from review.views.case import case_page, comments_context
from review.views.shared import case_or_404, private, reviewer_of
from review.views.typed import lost_page, typed_comment, typed_decision, unadded_comment


@private
@reviewer_required
@require_POST
def comments(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Adds a comment; changes it (`comment_id`), opens it to be changed (`open`), or removes it (`remove`)."""
    mine = case_or_404(case_id)
    reviewer = reviewer_of(request)
    token = request.POST.get("claim_token", "")
    claim = selectors.live_claim(case=mine, reviewer=reviewer, token=token)
    if claim is None:
        if not mine.claims.filter(reviewer=reviewer).exists():
            raise Http404
        return _lost(request, mine, meanwhile.why_lost(mine, reviewer, token))
    another = _known(mine, request.POST["open"]) if "open" in request.POST else None
    if another and (unadded := unadded_comment(request, mine)):
        # It would take the place of words that stand nowhere else.
        return _answer(request, claim, unadded, status=400)
    form = CommentForm(request.POST, video=mine.video)
    try:
        blank = _act(request, mine, token, form)
    except Invalid as invalid:
        form.blame(invalid)
        return _answer(request, claim, form, status=invalid.status)
    except DailiesError as refusal:
        return _answer(request, claim, form, refusal=refusal, status=refusal.status)
    if blank is None:
        return _answer(request, claim, form, status=400)
    return _answer(request, claim, blank)


def _act(request: HttpRequest, case: ReviewCase, token: str, form: CommentForm) -> CommentForm | None:
    """Do what the button says; the form to show next, or None when what was typed cannot be sent like that."""
    reviewer = reviewer_of(request)
    empty = CommentForm(video=case.video)
    if "close" in request.POST:
        return empty
    if "open" in request.POST:
        return CommentForm.of(_known(case, request.POST["open"]))
    if "remove" in request.POST:
        removed = request.POST["remove"]
        services.remove_comment(actor=reviewer, comment=_known(case, removed), claim_token=token)
        # What somebody is typing has nothing to do with what they take away, and outlives what it was to change.
        return typed_comment(request, case, gone=removed)
    if not form.is_valid():
        return None
    if changed := form.cleaned_data["comment_id"]:
        comment = _known(case, str(changed))
        services.edit_comment(actor=reviewer, comment=comment, claim_token=token, **form.words)
    else:
        services.add_comment(actor=reviewer, case=case, claim_token=token, **form.words)
    return empty


def _known(case: ReviewCase, words: str) -> Comment:
    """A comment of this case; the service says whether this reviewer may touch it."""
    try:
        comment = Comment.objects.select_related("case__video", "video").filter(case=case, pk=UUID(words)).first()
    except ValueError:
        comment = None
    if comment is None:
        raise Http404
    return comment


def _answer(
    request: HttpRequest, claim: Claim, form: CommentForm, *, refusal: DailiesError | None = None, status: int = 200
) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        mine = ReviewCase.objects.select_related("video").get(pk=claim.case_id)
        context = comments_context(mine, reviewer_of(request), form) | {"comment_refusal": refusal}
        return render(request, "review/comments.html", context, status=status)
    decision = typed_decision(request, claim.case)
    return case_page(request, claim, form=decision, comment_form=form, refusal=refusal, status=status)


def _lost(request: HttpRequest, mine: ReviewCase, refusal: DailiesError) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return JsonResponse(problem_of(refusal), status=refusal.status)
    return lost_page(request, mine, refusal)
