"""The form under a request for changes."""

from __future__ import annotations

import pytest

import review.services
from common.ids import uuid7
from review.models import Answer
from review.selectors import shown_renditions
from review.services.text import NOTE_LENGTH
from videos import services as videos

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(cast, take_of):
    return take_of(1, title="Tin roof").video


def asked(cast, video, message: str = "At 0:03 a face is seen."):
    """Changes are requested of the video."""
    case = review.services.submit(actor=cast.artist, video=video)
    _claim, token = review.services.claim(actor=cast.reviewer, case=case)
    case.refresh_from_db()
    review.services.decide(
        actor=cast.reviewer,
        case=case,
        claim_token=token,
        case_version=case.version,
        outcome="request_changes",
        reason_code="real-person",
        artist_message=message,
        shown={one.kind: one.sha256 for one in shown_renditions(video)},
    )
    return case


def answer(cast, video, /, follow: bool = False, **words):
    return cast.as_(cast.artist).post(f"/videos/{video.pk}/answer/", words, follow=follow)


def test_the_form_stands_under_the_request_and_offers_other_takes(cast, video, take_of):
    asked(cast, video)
    other = take_of(2, title="Tin roof, shorter").video
    page = cast.as_(cast.artist).get(f"/videos/{video.pk}/").content.decode()
    assert f'action="/videos/{video.pk}/answer/#answer"' in page
    assert f'value="{other.pk}"' in page
    assert f"/videos/{video.pk}/trim/" in page
    assert "Submit for sharing" not in page


def test_without_a_request_there_is_no_form(cast, video):
    assert "/answer/" not in cast.as_(cast.artist).get(f"/videos/{video.pk}/").content.decode()


def test_an_answer_puts_it_back_into_review(cast, video):
    asked(cast, video)
    page = answer(cast, video, follow=True, body="It is a puppet.").content.decode()
    assert "Your answer is with the reviewers." in page
    assert "In review" in page
    assert "It is a puppet." in page


def test_another_video_in_its_place_leads_to_that_videos_page(cast, video, take_of):
    asked(cast, video)
    other = take_of(2, title="Tin roof, shorter").video
    response = answer(cast, video, body="", video=str(other.pk))
    assert (response.status_code, response["Location"]) == (303, f"/videos/{other.pk}/")


@pytest.mark.parametrize("words", [{"body": "x" * (NOTE_LENGTH + 1)}, {"body": "  "}])
def test_what_cannot_be_sent_is_said_beside_the_field_and_kept(cast, video, words):
    asked(cast, video)
    response = answer(cast, video, **words)
    page = response.content.decode()
    assert response.status_code == 400
    assert 'aria-invalid="true"' in page
    assert words["body"].strip() in page


@pytest.mark.parametrize("number", ["nonsense", "01900000-0000-7000-8000-000000000000"])
def test_a_video_that_is_none_of_theirs_is_refused_and_the_words_are_kept(cast, video, number):
    asked(cast, video)
    response = answer(cast, video, body="Take this one.", video=number)
    assert response.status_code == 400
    assert "not one of your videos" in response.content.decode()
    assert "Take this one." in response.content.decode()


def test_an_answer_with_a_character_that_nobody_can_see_is_refused_beside_the_field_and_all_is_kept(
    cast, video, take_of
):
    asked(cast, video)
    other = take_of(2).video
    response = answer(cast, video, body="It is\x00 a puppet.", video=str(other.pk))
    page = response.content.decode()
    assert response.status_code == 400
    assert response.context["answer_form"].errors == {"body": ["Null characters are not allowed."]}
    assert "Null characters are not allowed." in page
    assert "It is\x00 a puppet.</textarea>" in page
    assert f'<option value="{other.pk}" selected>' in page
    assert not Answer.objects.exists()


def test_an_answer_that_comes_too_late_is_a_conflict_and_its_words_are_kept(cast, video):
    case = asked(cast, video)
    review.services.answer(actor=cast.artist, case=case, body="Once.")
    response = answer(cast, video, body="From my other window: it is a puppet.")
    page = response.content.decode()
    assert response.status_code == 409
    assert "answered this request already" in page
    assert "From my other window: it is a puppet." in page
    assert Answer.objects.count() == 1


def test_nobody_else_finds_the_form(cast, video):
    asked(cast, video)
    for person in (None, cast.outsider, cast.reviewer, cast.admin):
        response = cast.as_(person).post(f"/videos/{video.pk}/answer/", {"body": "Mine"})
        assert response.status_code == 404


def test_a_taken_down_video_has_no_form(cast, video):
    asked(cast, video)
    videos.take_down(actor=cast.admin, video=video, decision_id=uuid7())
    assert "/answer/" not in cast.as_(cast.artist).get(f"/videos/{video.pk}/").content.decode()
    assert answer(cast, video, body="But").status_code == 409
