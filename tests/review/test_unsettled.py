"""A case that was escalated and that nobody may settle: the admins hear of it, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from notifications.models import Notification
from review import services
from review.models import ReviewCase, ReviewQueue
from review.selectors.appeals import escalated_without_anybody
from tests.factories import AdminFactory, ReviewerFactory
from tests.review.appeals import lead
from tests.review.desk import decide


@pytest.fixture
def disputed(case, reviewer) -> ReviewCase:
    """The only lead and a reviewer do not agree; an admin sees to the programme."""
    AdminFactory()
    ReviewCase.objects.filter(pk=case.pk).update(approvals_needed=2)
    for person, outcome in ((lead(), "approve"), (reviewer, "reject")):
        decide(person, case, services.claim(actor=person, case=case)[1], outcome)
    return case


def told() -> int:
    return Notification.objects.filter(kind="case.nobody_free").count()


def test_a_disagreement_with_the_only_lead_is_told_to_the_admins(disputed, client):
    assert list(escalated_without_anybody()) == [disputed]
    letter = Notification.objects.get(kind="case.nobody_free")
    assert letter.recipient.is_admin
    assert [warning.id for warning in run_checks(databases=["default"]) if warning.id == "review.W002"]
    client.force_login(letter.recipient)
    assert "1 escalated case waits for nobody" in client.get("/admin/review/appeal/").content.decode()
    lead()
    assert not escalated_without_anybody().exists()


def test_a_specialist_of_its_queue_who_gave_no_opinion_is_somebody(disputed, colleague):
    queue = ReviewQueue.objects.create(slug="faces", name="Faces")
    ReviewCase.objects.filter(pk=disputed.pk).update(queue=queue)
    assert escalated_without_anybody().exists()
    queue.members.add(colleague)
    assert not escalated_without_anybody().exists()


def test_with_a_lead_who_took_no_part_nobody_is_told(case, reviewer):
    AdminFactory()
    lead()
    words = {"reason_code": "", "artist_message": "", "internal_note": "Who is it?"}
    decide(reviewer, case, services.claim(actor=reviewer, case=case)[1], "escalate", **words)
    assert told() == 0


def test_what_the_clock_escalates_is_told_once_however_many(cases):
    AdminFactory()
    ReviewerFactory()
    ReviewCase.objects.update(due_at=timezone.now() - timedelta(hours=1))
    assert services.escalate_overdue() == 2
    assert escalated_without_anybody().count() == 2
    assert told() == 1
