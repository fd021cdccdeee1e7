"""What happens by itself when the promised moment passes without a decision."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from audit.services import record
from common.actors import System
from common.clock import now
from common.db import compare_and_set, lock
from review.models import Claim, ReviewCase
from review.services.letters import tell_overdue
from review.services.unsettled import tell_if_nobody_free
from review.states import WAITING_STATES, CaseState

CLOCK = System("review-clock")
BATCH = 500


def escalate_overdue() -> int:
    """Hand what passed its deadline to the leads and tell the artist; each is counted once. Says how many it moved."""
    return sum(_escalate(case_id) for case_id in _overdue_ids())


def _overdue_ids() -> list[UUID]:
    """Those that wait, by the queue's own index; and the few that somebody holds."""
    late = _late()
    waiting = late.filter(state__in=WAITING_STATES).order_by("due_at", "id").values_list("pk", flat=True)[:BATCH]
    held = late.filter(state=CaseState.CLAIMED, pk__in=Claim.objects.filter(ended_at=None).values("case"))
    return [*waiting, *held.order_by("pk").values_list("pk", flat=True)[:BATCH]]


def _late() -> QuerySet[ReviewCase]:
    """Past their deadline and not counted yet; or counted while somebody watched, and put back since.

    Golden cases among them: one that stayed in the queue for ever would be known for what it is.
    """
    rests = Q(state__in=(CaseState.QUEUED, CaseState.AWAITING_SECOND))
    open_states = Q(state__in=(*WAITING_STATES, CaseState.CLAIMED))
    return ReviewCase.objects.filter(open_states & Q(overdue_at=None) | rests, due_at__lt=now())


@transaction.atomic
def _escalate(case_id: UUID) -> bool:
    """One case. Whoever watches it goes on, blind as before; put back, it goes to the leads at the next look."""
    case = lock(_late().select_related("video__owner")).filter(pk=case_id).first()
    if case is None:  # decided, answered or counted meanwhile
        return False
    before, moment = CaseState(case.state), now()
    first = case.overdue_at is None
    changes: dict[str, Any] = {"overdue_at": case.overdue_at or moment}
    to = before if before == CaseState.CLAIMED else CaseState.ESCALATED
    if to != before:
        # Whoever it was handed to did not come: the leads can take it now.
        changes |= {"state": to, "version": case.version + 1, "assigned_to": None, "escalated_at": moment}
    expected = {"state": before, "version": case.version, "overdue_at": case.overdue_at}
    if not compare_and_set(ReviewCase.objects.filter(pk=case.pk), expected=expected, changes=changes):
        return False
    if first and case.golden_id is None:
        tell_overdue(case, watched=before == CaseState.CLAIMED)
    record(
        actor=CLOCK,
        action=_action(case, first=first),
        target=case,
        from_state=before,
        to_state=to,
        data={
            "due_at": case.due_at.isoformat(),
            "late_seconds": round((moment - case.due_at).total_seconds()),
            "handed_to": str(case.assigned_to_id or ""),
        },
    )
    if to == CaseState.ESCALATED:
        tell_if_nobody_free(case)
    return True


def _action(case: ReviewCase, *, first: bool) -> str:
    """Nobody was promised anything about a golden case: whoever counts deadlines counts none of it."""
    if case.golden_id is not None:
        return "review.golden_overdue"
    return "review.deadline_passed" if first else "review.case_escalated"
