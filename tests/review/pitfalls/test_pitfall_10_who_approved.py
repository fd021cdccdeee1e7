"""Pitfall 10: an approval is erased, and with it who gave it.

The attack: decisions, opinions and what they name are rewritten or deleted through the models, in SQL and by later
decisions; whatever happens afterwards, who decided what stays on record.
"""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import AuditEvent
from audit.verification import verify
from common.ids import uuid7
from review import services
from review.models import Assessment, Decision, DecisionRendition
from tests.factories import AdminFactory, ReviewerFactory
from tests.review.desk import decide
from videos.models import Approval
from videos.services import take_down, void_approval

pytestmark = pytest.mark.django_db


def refused(action) -> bool:
    try:
        with transaction.atomic():
            action()
    except DatabaseError as error:
        return "immutable" in str(error)
    return False


def sql(statement: str):
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return run


@pytest.fixture
def decision(case, reviewer, token) -> Decision:
    return decide(reviewer, case, token)


def test_no_row_of_a_decision_is_changed_or_deleted(decision, colleague):
    assert refused(lambda: Decision.objects.filter(pk=decision.pk).update(reviewer=colleague))
    assert refused(lambda: Decision.objects.filter(pk=decision.pk).update(outcome="reject"))
    assert refused(lambda: Assessment.objects.update(reviewer=colleague))
    for table in ("review_decisionrendition", "review_decision", "review_assessment"):
        assert refused(sql(f"DELETE FROM {table}")), table
    for model in (DecisionRendition, Assessment):
        assert model.objects.exists()
    assert Decision.objects.get().reviewer == decision.reviewer


def test_taking_an_approval_back_leaves_who_gave_it(decision, reviewer):
    void_approval(actor=AdminFactory(), video=decision.case.video, reason="Reported.")
    approval = Approval.objects.get()
    assert approval.voided_at is not None
    assert (approval.approver, approval.decision_id) == (reviewer, decision.pk)


def test_a_take_down_leaves_the_decision_that_let_it_be_shown(decision, reviewer):
    take_down(actor=AdminFactory(), video=decision.case.video, decision_id=uuid7())
    assert Decision.objects.get().reviewer == reviewer
    assert Approval.objects.get().approver == reviewer


def test_a_later_decision_stands_beside_the_earlier_one(case, reviewer, token):
    first = decide(reviewer, case, token, "request_changes")
    services.answer(actor=case.video.owner, case=case, body="As it was meant.")
    other = ReviewerFactory()
    second = decide(other, case, services.claim(actor=other, case=case)[1])
    assert second.supersedes == first
    assert [one.reviewer for one in case.decisions.order_by("pk")] == [reviewer, other]


def test_the_log_names_who_decided_and_its_chain_holds(decision, reviewer):
    event = AuditEvent.objects.get(action="review.case_decided")
    assert (event.actor_id, event.data["decision"]) == (str(reviewer.pk), str(decision.pk))
    assert verify(AuditEvent.objects.order_by("id")).first_break is None
