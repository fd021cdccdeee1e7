"""Trimming on its page: two fields, what becomes of it, and the family."""

from __future__ import annotations

import pytest

from common.ids import uuid7
from generation.case_facts import facts, routing
from videos import services, trims
from videos.models import Trim
from videos.services.trimming import TRIMMER, begin_trim, fail_trim
from videos.states import TrimFailure

pytestmark = pytest.mark.django_db


@pytest.fixture
def video(cast, take_of):
    return take_of(1, title="Tin roof", prompt="rain on a tin roof").video


def trim(cast, video, first, last, **more):
    return cast.as_(cast.artist).post(f"/videos/{video.pk}/trim/", {"first": first, "last": last}, **more)


def page_of(cast, video, path: str = "trim/") -> str:
    return cast.as_(cast.artist).get(f"/videos/{video.pk}/{path}").content.decode()


def test_the_page_works_with_two_fields_and_says_that_it_costs_nothing(cast, video):
    page = page_of(cast, video)
    assert 'name="first"' in page
    assert f'max="{video.frame_count}"' in page
    assert "It costs no credits" in page


def test_frames_count_from_one_and_both_stay(cast, video):
    response = trim(cast, video, 3, 6)
    assert (response.status_code, response["Location"]) == (303, f"/videos/{video.pk}/trim/#cuts")
    made = Trim.objects.get()
    assert (made.first_frame, made.last_frame) == (2, 5)
    page = page_of(cast, video)
    assert "Frames 3 to 6, 0.50 s" in page
    assert "It waits for a worker." in page
    assert 'hx-trigger="every' in page


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (0, 6, "no such frame"),
        (3, 99, "no such frame"),
        (6, 3, "ends before it begins"),
        (1, 16, "cuts nothing"),
        ("two", 6, "whole number"),
        ("", 6, "required"),
    ],
)
def test_what_is_no_part_is_said_beside_its_field_in_the_pages_own_numbers(cast, video, first, last, sentence):
    response = trim(cast, video, first, last)
    page = response.content.decode()
    assert response.status_code == 400
    assert sentence in page
    assert "from 0" not in page
    assert not Trim.objects.exists()


def test_too_many_at_once_is_a_conflict_and_the_numbers_are_kept(cast, video):
    for last in (4, 5, 6):
        trim(cast, video, 3, last)
    response = trim(cast, video, 3, 7)
    assert response.status_code == 409
    assert "3 of your videos are being trimmed already" in response.content.decode()
    assert 'value="7"' in response.content.decode()


def test_progress_is_told_in_words_and_asked_for_again(cast, video, htmx):
    trim(cast, video, 3, 6)
    begin_trim(actor=TRIMMER, trim=Trim.objects.get())
    Trim.objects.update(frames_done=2)
    part = cast.as_(cast.artist).get(f"/videos/{video.pk}/trim/", headers=htmx).content.decode()
    assert "Frame 2 of 4 is encoded." in part
    assert "<html" not in part


def test_the_cut_is_a_video_of_its_own_whose_family_is_told(cast, video):
    trim(cast, video, 3, 6)
    made = trims.run(Trim.objects.get().pk)
    page = page_of(cast, video)
    assert f'href="/videos/{made.pk}/"' in page
    assert "hx-trigger" not in page
    assert f'href="/videos/{made.pk}/"' in page_of(cast, video, "")
    own = page_of(cast, made, "")
    assert f'Cut from <a href="/videos/{video.pk}/">Tin roof</a>' in own
    assert "Tin roof, trimmed" in own


def test_a_failure_says_what_to_do(cast, video):
    trim(cast, video, 3, 6)
    taken = begin_trim(actor=TRIMMER, trim=Trim.objects.get())
    fail_trim(actor=TRIMMER, trim=taken, failure=TrimFailure.UNREADABLE)
    assert "Make a new take instead." in page_of(cast, video)


def test_a_reviewer_reads_the_prompt_of_what_it_was_cut_from(cast, video):
    trim(cast, video, 3, 6)
    made = trims.run(Trim.objects.get().pk)
    told = {fact["key"]: fact["value"] for fact in facts(made)}
    assert told["prompt"] == "rain on a tin roof"
    assert told["trimmed"].startswith("4 of 16 frames")
    assert "trimmed" not in {fact["key"] for fact in facts(video)}
    assert routing(made) == routing(video)


def test_to_everybody_else_there_is_no_such_page(cast, video):
    for person in (None, cast.outsider, cast.reviewer, cast.admin):
        assert cast.as_(person).get(f"/videos/{video.pk}/trim/").status_code == 404
        assert cast.as_(person).post(f"/videos/{video.pk}/trim/", {"first": 2, "last": 3}).status_code == 404


def test_a_taken_down_video_offers_no_handles(cast, video):
    services.take_down(actor=cast.admin, video=video, decision_id=uuid7())
    assert "It cannot be trimmed at the moment." in page_of(cast, video)
    assert trim(cast, video, 3, 6).status_code == 409


def test_the_api_trims_and_tells(cast, video):
    client = cast.as_(cast.artist)
    address = f"/api/v1/videos/{video.pk}/trims/"
    body = {"first_frame": 2, "last_frame": 5}
    made = client.post(address, body, content_type="application/json")
    assert (made.status_code, made.json()["state"], made.json()["result"]) == (202, "queued", None)
    trims.run(Trim.objects.get().pk)
    (told,) = client.get(address).json()["results"]
    assert (told["state"], told["frames_done"], told["result"]) == ("completed", 4, str(Trim.objects.get().result_id))
    wrong = client.post(address, {"first_frame": 5, "last_frame": 2}, content_type="application/json")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "last_frame")
