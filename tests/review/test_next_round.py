"""How many have to agree after an answer: never fewer than before, and no fewer than the new video asks for."""

from __future__ import annotations

import pytest

from review import services
from review.models import ReviewCase, ReviewRules, Signal
from tests.media import make_finished_video
from tests.review.desk import decide
from videos.models import Video
from videos.services import ensure_share_copy


@pytest.fixture
def asked(case, reviewer, token) -> ReviewCase:
    """The case after a request for changes."""
    decide(reviewer, case, token, "request_changes")
    return ReviewCase.objects.get(pk=case.pk)


@pytest.fixture
def other(artist) -> Video:
    """Another finished video of the artist."""
    return make_finished_video(owner=artist, title="Rain, shorter")


def found_in(video: Video, kind: str) -> None:
    """A detector has looked at the share copy before, and fired."""
    copy = ensure_share_copy(actor=video.owner, video=video)
    words = {"state": "done", "fired": True, "detector": "drawn"}
    Signal.objects.update_or_create(video=video, rendition=copy, kind=kind, defaults=words)


@pytest.mark.parametrize("with_other", [False, True])
def test_a_case_that_took_two_takes_two_in_its_next_round(asked, artist, other, with_other):
    ReviewCase.objects.filter(pk=asked.pk).update(approvals_needed=2)
    services.answer(actor=artist, case=asked, body="Here.", video=other if with_other else None)
    asked.refresh_from_db()
    assert (asked.approvals_needed, asked.round) == (2, 2)


@pytest.mark.parametrize("with_other", [False, True])
@pytest.mark.parametrize(
    ("rules", "found", "needed"),
    [
        ({"approvals_needed": 2}, "", 2),
        ({"two_person_signals": ["nudity"]}, "nudity", 2),
        ({"two_person_signals": ["nudity"]}, "text", 1),
        ({}, "nudity", 1),
    ],
)
def test_the_next_round_asks_what_the_rules_and_the_signals_of_its_video_ask(
    asked, artist, other, rules, found, needed, with_other
):
    ReviewRules.objects.create(**rules)
    if found:
        found_in(other if with_other else asked.video, found)
    services.answer(actor=artist, case=asked, body="Here.", video=other if with_other else None)
    asked.refresh_from_db()
    assert asked.approvals_needed == needed


def test_what_was_found_in_the_former_video_asks_for_nobody_about_another(asked, artist, other):
    """Where the case itself took one: the signal came when it was decided already."""
    ReviewRules.objects.create(two_person_signals=["nudity"])
    found_in(asked.video, "nudity")
    services.answer(actor=artist, case=asked, video=other)
    asked.refresh_from_db()
    assert asked.approvals_needed == 1
