"""Comments pinned to moments: which of them whom they reach."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import User
from review.models import Assessment, Comment, ReviewCase
from review.states import CaseState


def is_blind(case: ReviewCase, reviewer: User) -> bool:
    """Whether two people look at the case without knowing of one another. A lead who settles it sees everything."""
    settles = case.escalated_at is not None and reviewer.is_lead_reviewer
    return case.approvals_needed > 1 and not settles


def comments_of_round(case: ReviewCase, reviewer: User) -> QuerySet[Comment]:
    """What the holder of the case sees of this round's comments, in time order; blind, their own alone."""
    standing = Comment.objects.filter(case=case, round=case.round, removed_at=None)
    return standing.filter(author=reviewer) if is_blind(case, reviewer) else standing


def earlier_comments(case: ReviewCase) -> QuerySet[Comment]:
    """What reviewers remarked before: in earlier rounds of this case, and in decided cases of the same video."""
    before = Q(case=case, round__lt=case.round) | Q(case__video=case.video_id, case__state=CaseState.DECIDED)
    return (
        _of_those_who_decided(Comment.objects.filter(before, removed_at=None, case__golden=None))
        .exclude(case=case, round=case.round)
        .order_by("-case", "-round", "at_ms", "id")
    )


def comments_for_artist(cases: Iterable[ReviewCase]) -> QuerySet[Comment]:
    """What the artist gets: the comments of rounds that are decided, in time order. Their authors stay unnamed."""
    decided = Q(round__lt=F("case__round")) | Q(case__state=CaseState.DECIDED)
    standing = Comment.objects.filter(decided, case__in=cases, removed_at=None, case__golden=None)
    return _of_those_who_decided(standing).defer("author").order_by("case", "round", "at_ms", "id")


def _of_those_who_decided(comments: QuerySet[Comment]) -> QuerySet[Comment]:
    """Without those that a reviewer left behind in a blind case, whom nobody who decided could have seen."""
    took_part = Assessment.objects.filter(case=OuterRef("case"), round=OuterRef("round"), reviewer=OuterRef("author"))
    seen_by_all = Q(case__approvals_needed=1) | Q(case__escalated_at__isnull=False)
    return comments.filter(seen_by_all | Exists(took_part))
