"""A request for changes is a dialogue: the artist answers, and the same case goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotFound
from common.ids import uuid7
from review import services
from review.models import Answer, CaseTopic, ReviewCase, ReviewRules
from review.selectors import dialogue
from review.services.opening import open_case
from review.states import CaseKind, CaseState
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory
from tests.media import approve, make_finished_video
from tests.review.desk import bearer, decide, shown
from videos.models import Video
from videos.services import set_captions, take_down


@pytest.fixture
def asked(case, reviewer, token) -> ReviewCase:
    """The case after a request for changes."""
    decide(reviewer, case, token, "request_changes")
    case.refresh_from_db()
    return case


@pytest.fixture
def other(artist) -> Video:
    """Another finished video of the artist."""
    return make_finished_video(owner=artist, title="Rain, shorter")


def again(case: ReviewCase, outcome: str = "approve"):
    """A reviewer takes the case up once more, and decides."""
    case = ReviewCase.objects.get(pk=case.pk)
    colleague = ReviewerFactory()
    _claim, token = services.claim(actor=colleague, case=case)
    return decide(colleague, case, token, outcome)


def test_an_answer_puts_the_same_case_back_into_the_queue_in_its_next_round(asked, artist):
    ReviewRules.objects.create(deadline_working_days=5)
    past = timezone.now() - timedelta(days=9)
    ReviewCase.objects.filter(pk=asked.pk).update(due_at=past, overdue_at=past, escalated_at=past)
    answer = services.answer(actor=artist, case=asked, body="  It is\r\na puppet. ")
    found = ReviewCase.objects.get(pk=asked.pk)
    assert (found.state, found.round, found.closed_at) == (CaseState.QUEUED, 2, None)
    assert found.due_at > timezone.now() + timedelta(days=4)
    assert (found.overdue_at, found.escalated_at) == (None, None)
    assert (answer.body, answer.video_before, answer.video_after) == ("It is\na puppet.", found.video, found.video)
    assert answer.decision == found.decisions.get()


def test_an_answer_has_one_audit_event_without_its_words(asked, artist):
    services.answer(actor=artist, case=asked, body="It is a puppet.")
    event = AuditEvent.objects.get(action="review.case_answered")
    assert (event.target_id, event.from_state, event.to_state) == (str(asked.pk), "decided", "queued")
    assert event.data["round"] == 2
    assert "puppet" not in str(event.data)


def test_another_video_takes_the_place_of_the_former_one(asked, artist, other):
    CaseTopic.objects.create(case=asked, topic="violence")
    answer = services.answer(actor=artist, case=asked, video=other)
    asked.refresh_from_db()
    assert (asked.video, answer.video_before, answer.video_after) == (other, answer.video_before, other)
    assert other.renditions.filter(kind="share_copy").exists()
    assert not asked.topics.exists()


def test_the_next_decision_is_about_the_new_videos_bytes_and_approves_them_alone(asked, artist, other):
    former = asked.video
    services.answer(actor=artist, case=asked, video=other)
    decision = again(asked)
    assert {row.rendition.video for row in decision.renditions.all()} == {other}
    assert other.approvals.filter(voided_at=None).exists()
    assert not former.approvals.exists()


def test_the_next_decision_supersedes_the_former(asked, artist):
    services.answer(actor=artist, case=asked, body="It is a puppet.")
    first, second = asked.decisions.get(), again(asked, "request_changes")
    assert second.supersedes == first
    services.answer(actor=artist, case=asked, body="Look at its strings.")
    assert again(asked).supersedes == second


def test_both_videos_keep_their_holds(asked, artist, other):
    former = asked.video
    services.answer(actor=artist, case=asked, video=other)
    words = {"data": b"WEBVTT\n\n00:00.000 --> 00:01.000\nRain\n", "language": "en"}
    with pytest.raises(Conflict, match="in review"):
        set_captions(actor=artist, video=other, **words)
    assert set_captions(actor=artist, video=former, **words).kind == "captions"
    assert shown(other).keys() == {"share_copy", "poster", "storyboard"}


@pytest.mark.parametrize("outcome", ["approve", "reject"])
def test_only_a_request_for_changes_is_answered(case, artist, reviewer, token, outcome):
    decide(reviewer, case, token, outcome)
    with pytest.raises(Conflict, match="asks for no changes"):
        services.answer(actor=artist, case=case, body="But")


def test_a_request_is_answered_once(asked, artist):
    services.answer(actor=artist, case=asked, body="It is a puppet.")
    with pytest.raises(Conflict, match="answered this request already"):
        services.answer(actor=artist, case=asked, body="Really.")
    services.withdraw(actor=artist, case=ReviewCase.objects.get(pk=asked.pk))
    with pytest.raises(Conflict, match="asks for no changes"):
        services.answer(actor=artist, case=asked, body="Really.")
    assert Answer.objects.count() == 1


def test_only_the_artist_answers(asked, reviewer):
    for stranger in (reviewer, ParticipantFactory().user, AdminFactory()):
        with pytest.raises(NotFound):
            services.answer(actor=stranger, case=asked, body="Mine")


def test_nobody_elses_video_takes_its_place(asked, artist):
    foreign = make_finished_video()
    with pytest.raises(Invalid, match="not one of your videos"):
        services.answer(actor=artist, case=asked, video=foreign)
    assert not foreign.renditions.filter(kind="share_copy").exists()


@pytest.mark.parametrize("body", ["", " \r\n ", "x" * 2001, "bell \x07"])
def test_words_that_say_nothing_or_cannot_be_kept_are_refused(asked, artist, body):
    with pytest.raises(Invalid) as refusal:
        services.answer(actor=artist, case=asked, body=body)
    assert refusal.value.fields[0].field == "body"
    asked.refresh_from_db()
    assert (asked.state, asked.round) == (CaseState.DECIDED, 1)


def test_a_video_that_is_in_review_already_does_not_take_its_place(asked, artist, other):
    services.submit(actor=artist, video=other)
    with pytest.raises(Conflict, match="in review already"):
        services.answer(actor=artist, case=asked, video=other)


def test_a_video_that_was_submitted_anew_is_not_answered_for_as_well(asked, artist, other):
    services.submit(actor=artist, video=asked.video)
    for video in (None, other):
        with pytest.raises(Conflict, match="in review already"):
            services.answer(actor=artist, case=asked, body="And", video=video)


def test_a_pending_appeal_is_waited_for(asked, artist):
    open_case(kind=CaseKind.APPEAL, video=asked.video, opened_by=artist)
    with pytest.raises(Conflict, match="appeal is pending"):
        services.answer(actor=artist, case=asked, body="And")


def test_neither_a_taken_down_nor_an_approved_video_is_answered_with(asked, artist, other):
    approve(other)
    with pytest.raises(Conflict, match="approved already"):
        services.answer(actor=artist, case=asked, video=other)
    take_down(actor=AdminFactory(), video=other, decision_id=uuid7())
    with pytest.raises(Conflict, match="taken down"):
        services.answer(actor=artist, case=asked, video=other)
    take_down(actor=AdminFactory(), video=asked.video, decision_id=uuid7())
    with pytest.raises(Conflict, match="taken down"):
        services.answer(actor=artist, case=asked, body="But")


def test_an_answer_is_never_rewritten(asked, artist):
    answer = services.answer(actor=artist, case=asked, body="It is a puppet.")
    with pytest.raises(DatabaseError), transaction.atomic():
        Answer.objects.filter(pk=answer.pk).update(body="It is none.")


def test_the_open_question_is_there_until_it_is_answered(asked, artist, other, django_assert_max_num_queries):
    former = asked.video
    with django_assert_max_num_queries(3):
        question = dialogue.open_question(former)
    assert question is not None
    assert (question.case, question.replacements) == (asked, [other])
    services.answer(actor=artist, case=asked, video=other)
    assert dialogue.open_question(former) is None
    assert [answer.video_after for answer in dialogue.moved_on_from(former)] == [other]
    assert [answer.case for answer in dialogue.answers_of(asked)] == [asked]


def test_what_does_not_stand_open_is_no_question(case, reviewer, token):
    assert dialogue.open_question(case.video) is None
    decide(reviewer, case, token, "reject")
    assert dialogue.open_question(case.video) is None


def test_the_api_takes_an_answer_and_tells_of_all(asked, artist, other, client):
    headers = bearer(artist, "videos:read", "videos:share")
    address = f"/api/v1/submissions/{asked.pk}/answers/"
    body = {"body": "Shorter now.", "video": str(other.pk)}
    response = client.post(address, body, content_type="application/json", headers=headers)
    assert response.status_code == 201, response.content
    said = response.json()
    assert (said["body"], said["video_after"], said["submission"]) == ("Shorter now.", str(other.pk), str(asked.pk))
    assert client.get(address, headers=headers).json() == [said]
    late = client.post(address, body, content_type="application/json", headers=headers)
    assert (late.status_code, late.json()["code"]) == (409, "already_answered")
    assert late["Content-Type"] == "application/problem+json"


def test_the_api_hides_the_case_from_everybody_else(asked, reviewer, client):
    for stranger in (reviewer, ParticipantFactory().user):
        headers = bearer(stranger, "videos:read", "videos:share")
        address = f"/api/v1/submissions/{asked.pk}/answers/"
        body = {"body": "Mine"}
        assert client.post(address, body, content_type="application/json", headers=headers).status_code == 404
        assert client.get(address, headers=headers).status_code == 404
