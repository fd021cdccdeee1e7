"""The artist submits, and takes back."""

from __future__ import annotations

import pytest

from audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotFound
from common.ids import uuid7
from review import services
from review.models import ReviewCase
from review.states import CaseState
from tests.factories import AdminFactory, ParticipantFactory
from tests.review.desk import decide
from videos.services import take_down


def test_a_submission_makes_the_share_copy_and_opens_a_case(finished_video, policy):
    case = services.submit(actor=finished_video.owner, video=finished_video, note="  for\r\nyou ")
    assert case.state == CaseState.QUEUED
    assert case.note == "for\nyou"
    assert finished_video.renditions.filter(kind="share_copy").exists()


def test_a_submission_has_one_audit_event_without_the_note(case):
    event = AuditEvent.objects.get(action="review.case_submitted")
    assert (event.target_id, event.to_state) == (str(case.pk), "queued")
    assert "festival" not in str(event.data)


def test_only_the_owner_submits(finished_video, reviewer):
    for stranger in (reviewer, ParticipantFactory().user, AdminFactory()):
        with pytest.raises(NotFound):
            services.submit(actor=stranger, video=finished_video, note="")
    assert not ReviewCase.objects.exists()


def test_a_second_submission_is_refused_while_one_is_open(case, artist):
    with pytest.raises(Conflict, match="in review already"):
        services.submit(actor=artist, video=case.video, note="")
    assert ReviewCase.objects.count() == 1


@pytest.mark.parametrize("note", ["x" * 2001, "bell \x07", "null \x00"])
def test_a_note_that_cannot_be_kept_is_refused_and_nothing_is_written(finished_video, note):
    with pytest.raises(Invalid) as refusal:
        services.submit(actor=finished_video.owner, video=finished_video, note=note)
    assert refusal.value.fields[0].field == "note"
    assert not ReviewCase.objects.exists()
    assert not finished_video.renditions.filter(kind="share_copy").exists()


def test_a_note_of_exactly_the_limit_with_browser_line_ends_is_kept(finished_video):
    note = "\r\n".join(["line"] * 400)  # 1,999 characters with plain line ends, 2,398 as sent
    assert len(services.submit(actor=finished_video.owner, video=finished_video, note=note).note) == 1999


def test_an_approved_or_taken_down_video_is_not_submitted(case, artist, reviewer, token):
    decide(reviewer, case, token)
    with pytest.raises(Conflict, match="approved already"):
        services.submit(actor=artist, video=case.video, note="")
    take_down(actor=AdminFactory(), video=case.video, decision_id=uuid7())
    with pytest.raises(Conflict, match="taken down"):
        services.submit(actor=artist, video=case.video, note="")


@pytest.mark.parametrize("outcome", ["request_changes", "reject"])
def test_after_an_adverse_decision_the_video_can_be_submitted_again(case, artist, reviewer, token, outcome):
    decide(reviewer, case, token, outcome)
    again = services.submit(actor=artist, video=case.video, note="The figure is a puppet.")
    assert again.state == CaseState.QUEUED
    assert again.pk != case.pk


def test_withdrawing_closes_the_case_and_ends_the_claim(case, artist, held):
    withdrawn = services.withdraw(actor=artist, case=case)
    assert withdrawn.state == CaseState.WITHDRAWN
    assert withdrawn.closed_at is not None
    assert case.claims.get().ended_at is not None
    event = AuditEvent.objects.get(action="review.case_withdrawn")
    assert (event.from_state, event.to_state) == ("claimed", "withdrawn")


def test_only_the_owner_withdraws(case, reviewer):
    for stranger in (reviewer, ParticipantFactory().user, AdminFactory()):
        with pytest.raises(NotFound):
            services.withdraw(actor=stranger, case=case)


def test_a_decided_or_withdrawn_case_is_not_withdrawn_again(case, artist, reviewer, token, finished_video):
    decide(reviewer, case, token, "reject")
    with pytest.raises(Conflict, match="just been decided"):
        services.withdraw(actor=artist, case=case)
    again = services.submit(actor=artist, video=finished_video, note="")
    services.withdraw(actor=artist, case=again)
    with pytest.raises(Conflict, match="withdrawn already"):
        services.withdraw(actor=artist, case=again)


def test_a_withdrawn_video_can_be_submitted_again(case, artist):
    services.withdraw(actor=artist, case=case)
    assert services.submit(actor=artist, video=case.video, note="").state == CaseState.QUEUED
