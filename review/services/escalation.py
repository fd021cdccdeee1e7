"""Handing a case on: to the lead reviewers, or to a queue of specialists."""

from __future__ import annotations

from common.clock import now
from review.models import ReviewCase, ReviewQueue
from review.services.cases import move
from review.states import CaseState


def escalate(case: ReviewCase, *, queue: ReviewQueue | None) -> bool:
    """Move a locked case on, in the caller's transaction and audit; False when it was no longer as `case` says.

    Without a queue it waits for the leads alone: it leaves a queue whose members could take it.
    """
    if queue is None and case.queue is not None and case.queue.leads_only:
        queue = case.queue
    case.escalated_at, case.queue, case.assigned_to = now(), queue, None
    ReviewCase.objects.filter(pk=case.pk).update(escalated_at=case.escalated_at, queue=queue, assigned_to=None)
    return move(case, CaseState.ESCALATED)
