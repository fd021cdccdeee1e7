"""The fourth choice: a case goes to the leads, or to a queue of specialists, with a note and without a letter."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.states import Scope
from audit.models import AuditEvent
from common.errors import Invalid, NotAllowed
from notifications.models import Notification
from review import services
from review.models import Assessment, Decision, InternalNote, ReviewCase, ReviewQueue
from review.selectors import case_view
from review.states import CaseState
from tests.factories import ReviewerFactory
from tests.review.desk import bearer, decide, shown

WORDS = {"reason_code": "", "artist_message": "", "internal_note": "Is this the minister?"}


@pytest.fixture
def lead(db: None) -> User:
    return ReviewerFactory(name="Lea Lead", staff_role="lead_reviewer")


@pytest.fixture
def specialist(db: None) -> User:
    return ReviewerFactory(name="Sami Specialist")


@pytest.fixture
def queue(specialist: User) -> ReviewQueue:
    queue = ReviewQueue.objects.create(slug="faces", name="Faces")
    queue.members.add(specialist)
    return queue


def escalate(actor: User, case: ReviewCase, **words: Any) -> Decision | Assessment:
    token = services.claim(actor=actor, case=case)[1]
    return decide(actor, case, token, "escalate", **(WORDS | words))


def test_an_escalated_case_waits_for_a_lead_with_the_note_and_the_artist_hears_nothing(case, reviewer, colleague, lead):
    assessment = escalate(reviewer, case)
    case.refresh_from_db()
    assert isinstance(assessment, Assessment)
    assert (case.state, case.escalated_at is None, assessment.opinion) == (CaseState.ESCALATED, False, "escalate")
    assert InternalNote.objects.get().body == "Is this the minister?"
    assert not Notification.objects.exists()
    event = AuditEvent.objects.get(action="review.case_escalated")
    assert (event.from_state, event.to_state, event.data["disagreement"]) == ("claimed", "escalated", False)
    assert "minister" not in str(event.data)
    with pytest.raises(NotAllowed):
        services.claim(actor=colleague, case=case)
    token = services.claim(actor=lead, case=case)[1]
    assert isinstance(decide(lead, case, token, "reject"), Decision)


def test_a_specialist_queue_gets_the_case_and_its_members_decide_it(case, reviewer, colleague, queue, specialist):
    escalate(reviewer, case, escalate_to="faces")
    case.refresh_from_db()
    assert case.queue == queue
    with pytest.raises(NotAllowed):
        services.claim(actor=colleague, case=case)
    token = services.claim(actor=specialist, case=case)[1]
    assert isinstance(decide(specialist, case, token), Decision)


def test_a_case_that_goes_to_the_leads_leaves_a_queue_whose_members_could_take_it(case, queue, specialist):
    ReviewCase.objects.filter(pk=case.pk).update(queue=queue)
    escalate(specialist, case)
    case.refresh_from_db()
    assert case.queue is None


def test_a_lead_may_send_an_escalated_case_to_specialists(case, reviewer, lead, queue, specialist):
    escalate(reviewer, case)
    escalate(lead, case, escalate_to="faces")
    case.refresh_from_db()
    assert (case.state, case.queue) == (CaseState.ESCALATED, queue)
    assert services.claim(actor=specialist, case=case)


def test_two_specialists_agree_on_a_case_that_takes_two(case, reviewer, queue, specialist):
    other = ReviewerFactory()
    queue.members.add(other)
    ReviewCase.objects.filter(pk=case.pk).update(approvals_needed=2)
    escalate(reviewer, case, escalate_to="faces")
    assert [note.body for note in case_view(case, specialist).notes] == ["Is this the minister?"]
    first = decide(specialist, case, services.claim(actor=specialist, case=case)[1], "reject", internal_note="A mask.")
    case.refresh_from_db()
    assert [note.body for note in case_view(case, other).notes] == ["Is this the minister?"]
    assert (type(first), case.state, case.queue) == (Assessment, CaseState.ESCALATED, queue)
    second = decide(other, case, services.claim(actor=other, case=case)[1], "reject")
    assert isinstance(second, Decision)


def test_two_specialists_who_disagree_leave_it_to_a_lead(case, reviewer, queue, specialist, lead):
    other = ReviewerFactory()
    queue.members.add(other)
    ReviewCase.objects.filter(pk=case.pk).update(approvals_needed=2)
    escalate(reviewer, case, escalate_to="faces")
    decide(specialist, case, services.claim(actor=specialist, case=case)[1], "reject")
    decide(other, case, services.claim(actor=other, case=case)[1], "approve")
    case.refresh_from_db()
    assert (case.state, case.queue) == (CaseState.ESCALATED, None)
    assert isinstance(decide(lead, case, services.claim(actor=lead, case=case)[1], "approve"), Decision)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"internal_note": " "}, "internal_note"),
        ({"artist_message": "Soon."}, "artist_message"),
        ({"reason_code": "violence"}, "reason"),
        ({"escalate_to": "nowhere"}, "escalate_to"),
    ],
)
def test_an_escalation_says_why_to_reviewers_and_nothing_to_the_artist(case, reviewer, words, field):
    with pytest.raises(Invalid) as refusal:
        escalate(reviewer, case, **words)
    assert [error.field for error in refusal.value.fields] == [field]
    case.refresh_from_db()
    assert case.state == CaseState.CLAIMED


def test_only_an_escalation_names_a_queue(case, reviewer, token, queue):
    with pytest.raises(Invalid) as refusal:
        decide(reviewer, case, token, "approve", escalate_to="faces")
    assert refusal.value.fields[0].field == "escalate_to"


# --- On the page and in the API ----------------------------------------------------------------------------------


@pytest.fixture
def browser(reviewer: User) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


@pytest.fixture
def sent(browser: Client, case: ReviewCase) -> dict[str, str]:
    """The fields of the case page's form."""
    form = browser.get(browser.post(f"/desk/cases/{case.pk}/claim/").headers["Location"]).context["form"]
    fields = {name: form[name].value() or "" for name in form.fields}
    fields["shown"] = form.fields["shown"].prepare_value(form["shown"].value())
    return {name: str(value) for name, value in fields.items()} | {"outcome": "escalate"}


def test_the_page_asks_once_more_and_keeps_the_draft_to_the_artist(browser, case, sent, queue):
    address = f"/desk/cases/{case.pk}/decide/"
    words = {"internal_note": "Is this the minister?", "artist_message": "A draft.", "escalate_to": "faces"}
    asked = browser.post(address, sent | words).content.decode()
    assert "Hand this case on?" in asked
    assert "Faces" in asked
    back = browser.post(address, sent | words | {"edit": "1"})
    assert back.context["form"]["artist_message"].value() == "A draft."
    done = browser.post(address, sent | words | {"confirmed": "1"}, follow=True)
    assert b"Escalated. Whoever decides it reads your note" in done.content
    case.refresh_from_db()
    assert (case.state, case.queue) == (CaseState.ESCALATED, queue)


def test_the_page_misses_the_note(browser, case, sent):
    answer = browser.post(f"/desk/cases/{case.pk}/decide/", sent)
    assert answer.status_code == 400
    assert b"Say in the internal note what they should look at." in answer.content


def test_the_api_says_where_the_case_went(case, reviewer, token):
    case.refresh_from_db()
    body = {"claim_token": token, "case_version": case.version, "outcome": "escalate", "shown": shown(case.video)}
    headers, address = bearer(reviewer, Scope.REVIEW), f"/api/v1/review/cases/{case.pk}/decisions/"
    client = Client()
    wrong = client.post(address, body, content_type="application/json", headers=headers)
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (400, "application/problem+json")
    right = client.post(address, body | {"internal_note": "?"}, content_type="application/json", headers=headers)
    assert (right.status_code, right.json()["outcome"], right.json()["case_state"]) == (201, "escalate", "escalated")
