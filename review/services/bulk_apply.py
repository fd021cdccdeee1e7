"""What becomes of a confirmed bulk decision when its time has come: each case is looked at again, alone."""

from __future__ import annotations

import logging
from typing import Any

from django.db import transaction

from audit.services import record
from common.actors import System
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import DailiesError, Unavailable
from review import policies, selectors
from review.models import BulkDecision, BulkItem, Decision, ReviewCase
from review.services.assessments import write
from review.services.bulk import verdict_of
from review.services.cases import locked, momentary_claim, move
from review.services.decisions import close, hashes
from review.states import BulkState, CaseKind, CaseState, Outcome
from videos.storage import is_intact

log = logging.getLogger(__name__)

CLOCK = System("bulk-clock")
APPLIED = "applied"


def apply_due() -> int:
    """Apply what was confirmed and not undone in time; says how many cases were decided.

    First the whole is closed to an undo, then each case has a transaction of its own: what a crash leaves over is
    found by the next call.
    """
    for bulk in BulkDecision.objects.filter(state=BulkState.CONFIRMED, applies_at__lte=now()):
        _close_to_undo(bulk)
    left = BulkItem.objects.filter(bulk__state=BulkState.APPLIED, result="").order_by("pk")
    return sum(_apply_or_wait(pk) for pk in list(left.values_list("pk", flat=True)))


@transaction.atomic
def _close_to_undo(bulk: BulkDecision) -> None:
    moment = now()
    bulks = BulkDecision.objects.filter(pk=bulk.pk)
    expected = {"state": BulkState.CONFIRMED, "applies_at__lte": moment}
    if compare_and_set(bulks, expected=expected, changes={"state": BulkState.APPLIED, "closed_at": moment}):
        record(
            actor=CLOCK,
            action="review.bulk_applied",
            target=bulk,
            from_state=BulkState.CONFIRMED,
            to_state=BulkState.APPLIED,
        )


def _apply_or_wait(item_id: Any) -> bool:
    try:
        return _apply(item_id)
    except Unavailable:
        log.warning("The files of bulk item %s cannot be looked at; it waits for the next time.", item_id)
        return False


def _apply(item_id: Any) -> bool:
    """One case: decided as two people agreed, or left alone with a result that says why."""
    related = ("bulk__proposed_by", "bulk__confirmed_by", "bulk__policy_version", "bulk__reason")
    with transaction.atomic():
        item = lock(BulkItem.objects.select_related(*related)).filter(pk=item_id, result="").first()
        if item is None:
            return False
        case = locked(item.case_id)
        decision, result = None, _why_not(item, case)
        if not result:
            try:
                with transaction.atomic():
                    decision = _decide(item, case)
                result = APPLIED
            except Unavailable:
                raise
            except DailiesError as refusal:
                # The work itself refuses: taken down meanwhile, or its files have changed.
                result = refusal.code[:40]
        BulkItem.objects.filter(pk=item.pk).update(result=result, decision=decision)
        if decision is None:
            data = {"case": str(item.case_id), "result": result}
            record(actor=CLOCK, action="review.bulk_case_left", target=item.bulk, data=data)
    return decision is not None


def _why_not(item: BulkItem, case: ReviewCase) -> str:
    """What has happened since the proposal that leaves the case to the queue; empty when nothing has."""
    bulk, moment = item.bulk, now()
    first, second = bulk.proposed_by, bulk.confirmed_by
    if second is None or not (policies.can_review(first) and policies.can_review(second)):
        return "not_a_reviewer"
    checks = (
        (case.state != CaseState.QUEUED, "not_waiting"),
        (case.held_until is not None and case.held_until > moment, "on_hold"),
        (case.assigned_to_id is not None, "handed"),
        (case.version != item.case_version, "changed"),
        (case.kind != CaseKind.SUBMISSION or case.approvals_needed > 1 or case.golden_id is not None, "needs_more"),
        (bool(policies.kept_from(first, [case.pk]) or policies.kept_from(second, [case.pk])), "recused"),
        (bulk.policy_version not in selectors.policies_in_force(), "policy_changed"),
        (not _same_bytes(item, case), "bytes_changed"),
    )
    return next((code for is_so, code in checks if is_so), "")


def _same_bytes(item: BulkItem, case: ReviewCase) -> bool:
    renditions = selectors.shown_renditions(case.video)
    if not renditions or hashes(renditions) != item.shown:
        return False
    return item.bulk.outcome != Outcome.APPROVE or all(map(is_intact, renditions))


def _decide(item: BulkItem, case: ReviewCase) -> Decision:
    """Both on record: the proposer's opinion, and the decision of whoever confirmed it."""
    bulk, moment = item.bulk, now()
    first, second = bulk.proposed_by, bulk.confirmed_by
    assert second is not None  # noqa: S101  the database's constraint on what is confirmed
    move(case, CaseState.CLAIMED)
    claim = momentary_claim(case, second, moment)
    record(
        actor=second,
        action="review.case_claimed",
        target=case,
        from_state=CaseState.QUEUED,
        to_state=CaseState.CLAIMED,
        data={"claim": str(claim.pk), "bulk": str(bulk.pk)},
    )
    verdict = verdict_of(bulk)
    write(case, first, momentary_claim(case, first, moment), verdict)
    return close(
        actor=second,
        case=case,
        claim=claim,
        verdict=verdict,
        renditions=selectors.shown_renditions(case.video),
        data={"bulk": str(bulk.pk), "proposed_by": str(first.pk)},
    )
