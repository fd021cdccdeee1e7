"""Shorthands for the tests of appeals."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from accounts.states import StaffRole
from review import services
from review.models import Appeal, Decision
from tests.factories import ReviewerFactory
from tests.review.desk import decide

WORDS = "The blow is a stage fight, as the title says."


def lead(**fields: Any) -> User:
    """A lead reviewer who has seen nothing yet."""
    return ReviewerFactory(staff_role=StaffRole.LEAD_REVIEWER, **fields)


def appealed(decision: Decision, body: str = WORDS) -> Appeal:
    """The artist's appeal."""
    return services.appeal(actor=decision.case.video.owner, decision=decision, body=body)


def settled(appeal: Appeal, outcome: str, by: User | None = None, **words: Any) -> Decision:
    """A lead decides it: "approve" overturns, "reject" upholds."""
    by = by or lead()
    _claim, token = services.claim(actor=by, case=appeal.case)
    answer = decide(by, appeal.case, token, outcome, **{"artist_message": "I watched it twice.", **words})
    assert isinstance(answer, Decision)
    appeal.refresh_from_db()
    return answer
