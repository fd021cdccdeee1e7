"""One or two opinions: the second is blind, disagreement goes to a lead, and a lead's decision stands alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.states import Scope
from audit.models import AuditEvent
from common.actors import System
from common.errors import Conflict, NotAllowed
from notifications.models import Notification
from review import services
from review.models import Assessment, Decision, GoldenItem, ReviewCase, ReviewRules, Signal
from review.services.second_person import need_second_person
from review.states import CaseState, Outcome
from tests.factories import ReviewerFactory
from tests.review.desk import bearer, decide, shown
from videos.models import Approval
from videos.states import RenditionKind

SIGNALS = System("signals")
FIRST_WORDS = {"artist_message": "At 0:03, a knife.", "internal_note": "Second one this week."}


@pytest.fixture
def lead(db: None) -> User:
    return ReviewerFactory(name="Lea Lead", staff_role="lead_reviewer")


@pytest.fixture
def double(case: ReviewCase) -> ReviewCase:
    """A case that takes two."""
    ReviewCase.objects.filter(pk=case.pk).update(approvals_needed=2)
    case.refresh_from_db()
    return case


def opinion(actor: User, case: ReviewCase, outcome: str = "approve", **words: Any) -> Decision | Assessment:
    """Claimed and said."""
    return decide(actor, case, services.claim(actor=actor, case=case)[1], outcome, **words)


def state_of(case: ReviewCase) -> str:
    case.refresh_from_db()
    return case.state


def untold() -> bool:
    """Nothing has reached the artist, and nothing can be shared."""
    return not Notification.objects.exists() and not Decision.objects.exists() and not Approval.objects.exists()


# --- One person --------------------------------------------------------------------------------------------------


def test_where_one_is_enough_the_opinion_and_the_decision_are_written_together(case, reviewer):
    decision = opinion(reviewer, case, "reject")
    assessment = Assessment.objects.get()
    assert isinstance(decision, Decision)
    assert (assessment.claim_id, assessment.reviewer, assessment.round) == (decision.claim_id, reviewer, 1)
    assert (assessment.opinion, assessment.reason, assessment.artist_message) == (
        decision.outcome,
        decision.reason,
        decision.artist_message,
    )


@pytest.mark.parametrize("fired", [True, False])
def test_a_decision_says_whether_a_signal_had_pointed_at_what_was_shown(case, reviewer, fired):
    copy = case.video.renditions.current().get(kind=RenditionKind.SHARE_COPY)
    Signal.objects.filter(rendition=copy, kind="nudity").update(state="done", score=0.9, fired=fired)
    assert opinion(reviewer, case).automated_detection is fired


# --- Two persons -------------------------------------------------------------------------------------------------


def test_the_programme_may_ask_for_two_opinions_of_each_case(finished_video, policy):
    ReviewRules.objects.create(approvals_needed=2)
    assert services.submit(actor=finished_video.owner, video=finished_video).approvals_needed == 2


@pytest.mark.parametrize("outcome", ["approve", "request_changes", "reject"])
def test_a_first_opinion_decides_nothing_and_the_second_that_agrees_decides(double, reviewer, colleague, outcome):
    first = opinion(reviewer, double, outcome)
    assert isinstance(first, Assessment)
    assert state_of(double) == CaseState.AWAITING_SECOND
    assert untold()
    second = opinion(colleague, double, outcome)
    assert isinstance(second, Decision)
    assert (second.reviewer, second.outcome, state_of(double)) == (colleague, outcome, CaseState.DECIDED)
    assert set(Assessment.objects.values_list("reviewer", flat=True)) == {reviewer.pk, colleague.pk}
    assert Approval.objects.filter(voided_at=None).exists() == (outcome == "approve")
    assert Notification.objects.filter(recipient=double.video.owner).count() == 1


def test_the_words_of_an_adverse_decision_are_the_seconds(double, reviewer, colleague):
    opinion(reviewer, double, "reject", **FIRST_WORDS)
    decision = opinion(colleague, double, "reject", reason_code="real-person", artist_message="At 0:05, a face.")
    assert (decision.reason.code, decision.artist_message) == ("real-person", "At 0:05, a face.")
    assert "knife" not in Notification.objects.get().body
    assert Assessment.objects.get(reviewer=reviewer).artist_message == "At 0:03, a knife."


def test_one_person_cannot_be_both(double, reviewer):
    opinion(reviewer, double, "reject")
    with pytest.raises(NotAllowed, match="You have said what you think"):
        services.claim(actor=reviewer, case=double)
    assert services.claim_next(actor=reviewer) is None


def test_an_opinion_that_is_sent_again_hears_that_it_is_kept(double, reviewer):
    token = services.claim(actor=reviewer, case=double)[1]
    decide(reviewer, double, token, "reject")
    with pytest.raises(Conflict, match=r"You gave your opinion at \d\d:\d\d UTC. It waits for somebody else's."):
        decide(reviewer, double, token, "reject")
    assert Assessment.objects.count() == 1


def test_what_was_handed_to_the_first_is_the_seconds_to_take(double, reviewer, colleague):
    ReviewCase.objects.filter(pk=double.pk).update(assigned_to=reviewer)
    opinion(reviewer, double, "reject")
    assert services.claim_next(actor=colleague)[0].case_id == double.pk


@pytest.mark.parametrize("outcome", ["approve", "reject"])
def test_both_opinions_speak_of_the_bytes_that_were_shown(double, reviewer, colleague, outcome):
    opinion(reviewer, double, outcome)
    token = services.claim(actor=colleague, case=double)[1]
    with pytest.raises(Conflict) as refusal:
        decide(colleague, double, token, outcome, shown=shown(double.video) | {"poster": "0" * 64})
    assert refusal.value.code == "bytes_changed"
    event = AuditEvent.objects.get(action="review.case_assessed")
    assert event.data["shown"] == shown(double.video)


# --- Blind -------------------------------------------------------------------------------------------------------


TRACES = ("Rosa", "knife", "Second one this week")


@pytest.fixture
def second_look(double, reviewer, colleague) -> tuple[str, str]:
    """All that the second reviewer can open after the first rejected: the desk and the case; and the API's answers."""
    opinion(reviewer, double, "reject", **FIRST_WORDS)
    browser = Client()
    browser.force_login(colleague)
    desk = browser.get("/desk/").content.decode()
    headers = bearer(colleague, Scope.REVIEW)
    rows = browser.get("/api/v1/review/cases/", headers=headers).content.decode()
    page = browser.get(browser.post(f"/desk/cases/{double.pk}/claim/").headers["Location"])
    api = browser.get(f"/api/v1/review/cases/{double.pk}/", headers=headers)
    assert (page.status_code, api.status_code) == (200, 200)
    return desk + page.content.decode(), rows + api.content.decode()


def test_the_second_reviewer_finds_no_trace_of_the_first(second_look):
    pages, api = second_look
    for trace in TRACES:
        assert trace not in pages + api
    # The pages offer every reason to choose from; the API's answers have no cause to name any.
    assert "violence" not in api
    assert '<option value="violence" selected>' not in pages


def test_an_audit_event_of_a_first_opinion_does_not_say_what_it_was(double, reviewer):
    opinion(reviewer, double, "reject", **FIRST_WORDS)
    event = AuditEvent.objects.get(action="review.case_assessed")
    assert (event.from_state, event.to_state) == ("claimed", "awaiting_second")
    assert "reject" not in str(event.data)
    assert "violence" not in str(event.data)


def test_a_lead_who_settles_it_reads_both_opinions_notes(double, reviewer, colleague, lead):
    opinion(reviewer, double, "reject", **FIRST_WORDS)
    opinion(colleague, double)
    browser = Client()
    browser.force_login(lead)
    page = browser.get(browser.post(f"/desk/cases/{double.pk}/claim/").headers["Location"])
    assert "Second one this week." in page.content.decode()


# --- Disagreement ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"), [("approve", "reject"), ("reject", "request_changes"), ("reject", "approve")]
)
def test_disagreement_goes_to_a_lead_whose_decision_stands_alone(double, reviewer, colleague, lead, one, other):
    opinion(reviewer, double, one)
    assert isinstance(opinion(colleague, double, other), Assessment)
    assert state_of(double) == CaseState.ESCALATED
    assert untold()
    third = ReviewerFactory()
    with pytest.raises(NotAllowed):
        services.claim(actor=third, case=double)
    decision = opinion(lead, double, "approve")
    assert isinstance(decision, Decision)
    assert (decision.reviewer, state_of(double)) == (lead, CaseState.DECIDED)
    event = AuditEvent.objects.get(action="review.case_escalated")
    assert (event.from_state, event.to_state, event.data["disagreement"]) == ("claimed", "escalated", True)


def test_a_lead_among_the_two_counts_as_one(double, lead, reviewer):
    assert isinstance(opinion(lead, double), Assessment)
    assert state_of(double) == CaseState.AWAITING_SECOND
    assert isinstance(opinion(reviewer, double), Decision)


def test_a_lead_who_was_one_of_the_two_does_not_settle_their_disagreement(double, lead, reviewer):
    opinion(lead, double)
    opinion(reviewer, double, "reject")
    with pytest.raises(NotAllowed, match="You have said what you think"):
        services.claim(actor=lead, case=double)


# --- By signal ---------------------------------------------------------------------------------------------------


def test_a_signal_may_ask_for_a_second_person_and_never_for_fewer(case):
    assert need_second_person(actor=SIGNALS, case=case, why="nudity")
    assert not need_second_person(actor=SIGNALS, case=case, why="faces")
    case.refresh_from_db()
    assert case.approvals_needed == 2
    event = AuditEvent.objects.get(action="review.second_person_needed")
    assert (event.actor_kind, event.data) == ("system", {"why": "nudity"})


def test_whoever_watches_meanwhile_goes_on_and_becomes_the_first_of_two(case, reviewer, token, colleague):
    need_second_person(actor=SIGNALS, case=case, why="nudity")
    assert isinstance(decide(reviewer, case, token), Assessment)
    assert isinstance(opinion(colleague, case), Decision)


def test_after_the_decision_nobody_needs_to_agree_any_more(case, reviewer):
    opinion(reviewer, case)
    assert not need_second_person(actor=SIGNALS, case=case, why="nudity")
    case.refresh_from_db()
    assert (case.approvals_needed, case.state) == (1, CaseState.DECIDED)


# --- Known answers -----------------------------------------------------------------------------------------------


@pytest.fixture
def golden(case, lead) -> ReviewCase:
    item = GoldenItem.objects.create(video=case.video, expected=Outcome.REJECT, added_by=lead)
    ReviewCase.objects.filter(pk=case.pk).update(golden=item)
    case.refresh_from_db()
    return case


@pytest.mark.parametrize("outcome", ["approve", "reject", "escalate"])
@pytest.mark.parametrize("needed", [1, 2])
def test_a_golden_case_ends_with_the_opinion_and_touches_nothing(golden, reviewer, outcome, needed):
    ReviewCase.objects.filter(pk=golden.pk).update(approvals_needed=needed)
    words = {"reason_code": "", "artist_message": "", "internal_note": "Look."} if outcome == "escalate" else {}
    assessment = opinion(reviewer, golden, outcome, **words)
    assert isinstance(assessment, Assessment)
    assert (assessment.opinion, state_of(golden)) == (outcome, CaseState.DECIDED)
    assert untold()


def test_the_reviewer_of_a_golden_case_hears_and_reads_what_they_would_of_any_other(
    golden, reviewer, video_maker, artist
):
    other = services.submit(actor=artist, video=video_maker(owner=artist))
    client, headers, answers = Client(), bearer(reviewer, Scope.REVIEW), {}
    for name, case in (("golden", golden), ("other", other)):
        token = services.claim(actor=reviewer, case=case)[1]
        case.refresh_from_db()
        body = {"claim_token": token, "case_version": case.version, "outcome": "approve", "shown": shown(case.video)}
        address = f"/api/v1/review/cases/{case.pk}/decisions/"
        answer = client.post(address, body, content_type="application/json", headers=headers)
        again = client.post(address, body, content_type="application/json", headers=headers)
        answers[name] = (answer.status_code, sorted(answer.json()), again.status_code, again.json()["detail"][:16])
    assert answers["golden"] == answers["other"]
    assert answers["other"][3] == "You decided it a"
