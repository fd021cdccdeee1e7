"""What a decision does to the work, by kind of case. Each kind's own module adds its line to the table."""

from __future__ import annotations

from collections.abc import Callable

from accounts.models import User
from review.models import Decision, ReviewCase
from review.states import CaseKind, Outcome
from videos.services import record_approval, void_approval

Effect = Callable[[ReviewCase, Decision, User], None]


def _of_submission(case: ReviewCase, decision: Decision, actor: User) -> None:
    """An approval makes exactly the bytes shareable that the decision names; anything else leaves them private."""
    if decision.outcome == Outcome.APPROVE:
        watched = dict(decision.renditions.values_list("rendition", "sha256"))
        record_approval(actor=actor, video=case.video, decision_id=decision.pk, shown=watched)


def _of_recheck(case: ReviewCase, decision: Decision, actor: User) -> None:
    """A second look at what was approved: the approval stays, or is taken back and the share with it."""
    if decision.outcome != Outcome.APPROVE:
        void_approval(actor=actor, video=case.video, reason=decision.artist_message[:200])


EFFECTS: dict[CaseKind, Effect] = {CaseKind.SUBMISSION: _of_submission, CaseKind.RECHECK: _of_recheck}


def apply(case: ReviewCase, decision: Decision, actor: User) -> None:
    """Called once, in the transaction of the decision; what it raises undoes the decision."""
    EFFECTS[CaseKind(case.kind)](case, decision, actor)
