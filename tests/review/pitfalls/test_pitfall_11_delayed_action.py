"""Pitfall 11: a hold is bypassed by a delayed action, an override leaves no record, automation ignores a lock.

The attack: a decision for many is confirmed and its ten minutes begin. Meanwhile one of its cases is put on hold,
claimed, handed, escalated by the clock, or asked to have two opinions; and software tries to decide by itself.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from common.actors import System
from review import services, tasks
from review.models import BulkDecision, Claim, Decision, ReviewCase
from review.services import bulk
from review.services.bulk_apply import apply_due
from review.services.second_person import need_second_person
from review.states import CaseState
from tests.factories import ReviewerFactory
from tests.review.desk import decide, watched
from videos.models import Approval

pytestmark = pytest.mark.django_db


def on_hold(case: ReviewCase) -> None:
    reviewer = ReviewerFactory()
    token = services.claim(actor=reviewer, case=case)[1]
    until = timezone.now() + timedelta(hours=4)
    services.hold(actor=reviewer, case=case, until=until, note="Waits for a translation.", token=token)


def on_hold_past_its_deadline(case: ReviewCase) -> None:
    on_hold(case)
    ReviewCase.objects.filter(pk=case.pk).update(overdue_at=timezone.now())


def on_hold_by_a_bare_row(case: ReviewCase) -> None:
    """As if some path had put it on hold without the version growing."""
    until = timezone.now() + timedelta(hours=4)
    ReviewCase.objects.filter(pk=case.pk).update(held_by=ReviewerFactory(), held_until=until)


def claimed(case: ReviewCase) -> None:
    services.claim(actor=ReviewerFactory(), case=case)


def past_its_deadline(case: ReviewCase) -> None:
    ReviewCase.objects.filter(pk=case.pk).update(due_at=timezone.now() - timedelta(hours=1))
    services.escalate_overdue()


def needs_two(case: ReviewCase) -> None:
    need_second_person(actor=System("signals"), case=case, why="nudity")


LOCKS = [on_hold, on_hold_past_its_deadline, on_hold_by_a_bare_row, claimed, past_its_deadline, needs_two]


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("outcome", ["approve", "reject"])
def test_what_is_locked_meanwhile_is_not_decided_and_that_is_on_record(case, lock, outcome):
    first, second = ReviewerFactory(), ReviewerFactory()
    watched(first, [case])
    watched(second, [case])
    words = {"reason_code": "violence", "artist_message": "At 0:03."} if outcome == "reject" else {}
    mine = bulk.propose(actor=first, cases={case.pk: case.version}, outcome=outcome, **words)
    bulk.confirm(actor=second, bulk=mine)
    lock(case)
    BulkDecision.objects.filter(pk=mine.pk).update(applies_at=timezone.now() - timedelta(seconds=1))
    assert apply_due() == 0
    case.refresh_from_db()
    assert case.state != CaseState.DECIDED
    assert not Decision.objects.exists()
    assert not Approval.objects.exists()
    left = AuditEvent.objects.get(action="review.bulk_case_left")
    assert left.data["result"] == mine.items.get().result != "applied"


def test_nothing_decides_without_a_person(case):
    """Every periodic task of the review, with everything due: no case is decided."""
    ReviewCase.objects.filter(pk=case.pk).update(due_at=timezone.now() - timedelta(days=9))
    for task in (tasks.return_lapsed_claims, tasks.escalate_overdue, tasks.reroute_ripe, tasks.apply_bulk):
        task()
    assert not Decision.objects.exists()
    assert not Claim.objects.exists()


def test_an_undone_decision_for_many_is_never_applied_however_often_the_clock_strikes(case):
    first, second = ReviewerFactory(), ReviewerFactory()
    watched(first, [case])
    watched(second, [case])
    words = {"outcome": "reject", "reason_code": "violence", "artist_message": "At 0:03."}
    mine = bulk.confirm(actor=second, bulk=bulk.propose(actor=first, cases={case.pk: case.version}, **words))
    bulk.undo(actor=first, bulk=mine)
    BulkDecision.objects.filter(pk=mine.pk).update(applies_at=timezone.now() - timedelta(seconds=1))
    assert [apply_due(), apply_due()] == [0, 0]
    assert not Decision.objects.exists()


def test_an_override_by_a_lead_is_on_record_with_what_it_overrode(case):
    ReviewCase.objects.filter(pk=case.pk).update(approvals_needed=2)
    for outcome in ("approve", "reject"):
        reviewer = ReviewerFactory()
        decide(reviewer, case, services.claim(actor=reviewer, case=case)[1], outcome)
    lead = ReviewerFactory(staff_role="lead_reviewer")
    decide(lead, case, services.claim(actor=lead, case=case)[1], "approve")
    opinions = set(case.assessments.values_list("opinion", flat=True))
    assert opinions == {"approve", "reject"}
    assert case.assessments.count() == 3
    steps = AuditEvent.objects.filter(target_id=str(case.pk)).values_list("action", flat=True)
    assert {"review.case_assessed", "review.case_escalated", "review.case_decided"} <= set(steps)
