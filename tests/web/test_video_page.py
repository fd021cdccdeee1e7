"""A video's page, from private to shared and back."""

from __future__ import annotations

import pytest
from django.urls import reverse

from common.ids import uuid7
from review import services as review
from review.selectors import shown_renditions
from tests.media import approve, share
from videos import services as videos
from videos.models import ShareGrant, Video
from web.video_state import VideoState, state_of, states_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(take_of) -> Video:
    return take_of(14, title="Tin roof", prompt="Rain on a tin roof").video


def page_of(cast, video: Video) -> str:
    return cast.as_(cast.artist).get(f"/videos/{video.pk}/").content.decode()


def decide(cast, video: Video, outcome: str, **words: str) -> None:
    case = review.submit(actor=video.owner, video=video)
    _claim, token = review.claim(actor=cast.reviewer, case=case)
    case.refresh_from_db()
    review.decide(
        actor=cast.reviewer,
        case=case,
        claim_token=token,
        case_version=case.version,
        outcome=outcome,
        shown={rendition.kind: rendition.sha256 for rendition in shown_renditions(video)},
        **words,
    )


def test_the_owner_sees_player_slate_and_who_may_see_it(cast, video):
    page = page_of(cast, video)
    assert reverse("video-media", args=[video.pk, "original"]) in page
    assert "You, when you are signed in." in page
    assert "Nobody else." in page
    assert ">14<" in page
    assert "Private" in page


@pytest.mark.parametrize("who", ["outsider", "reviewer", "admin"])
@pytest.mark.parametrize("step", ["", "title/", "submit/", "withdraw/", "share/", "unshare/"])
def test_to_everybody_else_it_is_the_same_404_as_one_that_does_not_exist(cast, video, who, step):
    client = cast.as_(getattr(cast, who))
    ask = client.post if step else client.get
    hidden = ask(f"/videos/{video.pk}/{step}")
    missing = ask(f"/videos/00000000-0000-7000-8000-000000000000/{step}")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content


def test_the_title_is_saved(cast, video):
    response = cast.as_(cast.artist).post(f"/videos/{video.pk}/title/", {"title": "Rain, slowly"}, follow=True)
    assert "Rain, slowly" in response.content.decode()


def test_a_title_too_long_is_refused_beside_the_field_and_kept(cast, video):
    long = "x" * 130
    response = cast.as_(cast.artist).post(f"/videos/{video.pk}/title/", {"title": long})
    assert response.status_code == 400
    assert "The title is too long." in response.content.decode()
    assert long in response.content.decode()


def test_submitting_puts_it_in_review_with_a_place_and_withdrawing_takes_it_back(cast, video):
    client = cast.as_(cast.artist)
    page = client.post(f"/videos/{video.pk}/submit/", {"note": "For the 14th"}, follow=True).content.decode()
    assert "In review" in page
    assert "Number 1 in the reviewers" in page
    assert "For the 14th" in page
    page = client.post(f"/videos/{video.pk}/withdraw/", follow=True).content.decode()
    assert "Withdrawn by you" in page
    assert state_of(video) == VideoState.PRIVATE


def test_a_note_too_long_is_refused_and_kept(cast, video):
    response = cast.as_(cast.artist).post(f"/videos/{video.pk}/submit/", {"note": "y" * 2001})
    assert response.status_code == 400
    assert "y" * 2001 in response.content.decode()
    assert state_of(video) == VideoState.PRIVATE


def test_submitting_twice_is_a_conflict_with_a_sentence(cast, video):
    client = cast.as_(cast.artist)
    client.post(f"/videos/{video.pk}/submit/", {"note": ""})
    response = client.post(f"/videos/{video.pk}/submit/", {"note": "again"})
    assert response.status_code == 409
    assert "in review already" in response.content.decode()


def test_requested_changes_come_with_reason_and_message(cast, video):
    decide(cast, video, "request_changes", reason_code="real-person", artist_message="At 0:03 a face is seen.")
    page = page_of(cast, video)
    assert "Changes requested" in page
    assert "Reason: Real person" in page
    assert "At 0:03 a face is seen." in page
    assert str(cast.reviewer) not in page


def test_a_refusal_says_refused(cast, video):
    decide(cast, video, "reject", reason_code="violence", artist_message="It shows a blow.")
    assert state_of(video) == VideoState.REFUSED


def test_approved_then_shared_then_no_longer_shared(cast, video, settings):
    settings.SITE_URL = "https://dailies.example"
    decide(cast, video, "approve")
    assert "A reviewer approved it." in page_of(cast, video)
    client = cast.as_(cast.artist)
    page = client.post(f"/videos/{video.pk}/share/", follow=True).content.decode()
    token = ShareGrant.objects.get().token
    assert f"https://dailies.example/s/{token}/" in page
    assert "Anybody who has the link" in page
    assert cast.as_().get(f"/s/{token}/").status_code == 200
    client.post(f"/videos/{video.pk}/unshare/", follow=True)
    assert cast.as_().get(f"/s/{token}/").status_code == 404
    assert state_of(video) == VideoState.APPROVED


@pytest.mark.parametrize("step", ["share", "unshare", "withdraw"])
def test_what_the_state_does_not_permit_is_a_conflict(cast, video, step):
    response = cast.as_(cast.artist).post(f"/videos/{video.pk}/{step}/")
    assert response.status_code == 409
    assert 'data-tone="error"' in response.content.decode()


def test_a_taken_down_video_says_so_and_offers_nothing(cast, video):
    videos.take_down(actor=cast.admin, video=video, decision_id=uuid7())
    page = page_of(cast, video)
    assert "Taken down" in page
    assert "Submit for sharing" not in page


def test_the_words_for_many_videos_are_one_query(cast, video, video_maker, django_assert_num_queries):
    shared = video_maker(owner=cast.artist)
    share(shared)
    approved = video_maker(owner=cast.artist)
    approve(approved)
    with django_assert_num_queries(1):
        words = states_of([video.pk, shared.pk, approved.pk])
    assert list(words.values()).count(VideoState.PRIVATE) == 1
    assert (words[shared.pk], words[approved.pk]) == (VideoState.SHARED, VideoState.APPROVED)


def test_a_downloads_name_tells_the_title(cast, video):
    assert 'download="tin-roof.mp4"' in page_of(cast, video)


def test_a_video_that_was_not_generated_here_has_a_page_too(cast, video_maker):
    video = video_maker(owner=cast.artist, title="")
    assert "Untitled" in page_of(cast, video)


def test_the_page_asks_a_constant_number_of_queries(cast, video, django_assert_max_num_queries):
    decide(cast, video, "request_changes", reason_code="violence", artist_message="No.")
    decide(cast, video, "approve")
    client = cast.as_(cast.artist)
    client.get(f"/videos/{video.pk}/")
    with django_assert_max_num_queries(44):
        client.get(f"/videos/{video.pk}/")
