"""Which changes to a refused work the hashes survive, measured on drawn films, and which they do not."""

from __future__ import annotations

import io

import pytest
from PIL import ImageOps

from review.signals.frames import sample
from review.signals.hashing import FramePrint, prints_of
from review.signals.near_duplicate import Known, compare
from tests.review.signals.clips import mp4, panning, with_box

FRAMES = 16
REFUSED = "11111111-1111-7111-8111-111111111111"


def prints(data: bytes) -> list[FramePrint]:
    return prints_of(sample(io.BytesIO(data), FRAMES))


def pan(seed: int = 1) -> list:
    return [panning(seed)(number) for number in range(FRAMES)]


@pytest.fixture(scope="module")
def known() -> list[Known]:
    return [Known(REFUSED, one.at_ms, one.pdq) for one in prints(mp4(pan()))]


def test_the_same_film_in_another_encoding_is_found(known):
    reading = compare(prints(mp4(pan(), crf=34)), known)
    assert reading.fired
    assert reading.score > 0.8
    assert {hit["video"] for hit in reading.hits} == {REFUSED}
    assert all("video_at_ms" in hit and "label" not in hit for hit in reading.hits)


def test_it_is_found_at_another_size(known):
    assert compare(prints(mp4([picture.resize((320, 180)) for picture in pan()], crf=28)), known).score > 0.7


def test_it_is_found_mirrored_and_the_hit_says_so(known):
    reading = compare(prints(mp4([ImageOps.mirror(picture) for picture in pan()], crf=30)), known)
    assert reading.fired
    assert {hit["label"] for hit in reading.hits} == {"mirrored"}


def test_another_film_is_not_found(known):
    reading = compare(prints(mp4(pan(seed=2))), known)
    assert (reading.fired, list(reading.hits)) == (False, [])
    assert reading.score < 0.5


@pytest.mark.parametrize(("share", "found"), [(0.01, True), (0.25, False)])
def test_a_box_over_the_picture_hides_it_when_it_is_large(known, share, found):
    """Measured, not wished for: a box over a hundredth is survived, one over a quarter is not."""
    covered = [with_box(picture, share) for picture in pan()]
    assert compare(prints(mp4(covered, crf=28)), known).fired == found


def test_a_crop_can_hide_it(known):
    """A tenth off each side: PDQ promises nothing there, and finds nothing."""
    cropped = [picture.crop((64, 36, 576, 324)).resize((640, 360)) for picture in pan()]
    assert not compare(prints(mp4(cropped)), known).fired


def test_flat_frames_are_like_nothing(known):
    flat = [FramePrint(0, 0, known[0].pdq, known[0].pdq, 10)]
    assert not compare(flat, known).fired


def test_nothing_refused_is_like_nothing():
    assert compare(prints(mp4(pan())), []).score == 0.0


def test_many_refused_works_are_compared_in_portions(known, monkeypatch):
    monkeypatch.setattr("review.signals.near_duplicate.AT_ONCE", 3)
    others = [Known("22222222-2222-7222-8222-222222222222", 0, f"{number:064x}") for number in range(10)]
    assert compare(prints(mp4(pan())), [*others, *known]).fired
