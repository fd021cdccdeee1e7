"""Which frames the detectors see."""

from __future__ import annotations

import io
import itertools

import pytest

from review.signals import frames
from review.signals.frames import NoPictures, sample
from tests.media import mp4_bytes
from tests.review.signals.clips import FPS, mp4, panning, scene


def test_frames_are_spread_over_the_whole_length_with_their_times():
    found = sample(io.BytesIO(mp4([panning(1)(number) for number in range(40)])), 40)
    numbers = [frame.number for frame in found]
    assert numbers[0] == 0
    assert 37 <= numbers[-1] <= 39
    assert numbers == sorted(set(numbers))
    # Frames that nothing builds upon are left out, so a place can be missed by a few.
    assert all(later - earlier <= 11 for earlier, later in itertools.pairwise(numbers))
    assert [frame.at_ms for frame in found] == [round(number * 1000 / FPS) for number in numbers]
    assert {frame.picture.shape for frame in found} == {(360, 640, 3)}


def test_a_shot_that_lasts_a_moment_is_seen():
    """Frames 18 to 20 are of another scene, and none of them lies on the even spread."""
    pictures = [scene(5 if 18 <= number <= 20 else 4) for number in range(41)]
    numbers = [frame.number for frame in sample(io.BytesIO(mp4(pictures)), 41)]
    assert {18, 19, 20} & set(numbers)


def test_however_much_is_cut_the_number_of_frames_is_bounded():
    pictures = [scene(number, 320, 180) for number in range(60)]
    found = sample(io.BytesIO(mp4(pictures)), 60)
    assert len(found) <= frames.EVENLY + frames.SCENES


def test_a_large_frame_is_made_small_once():
    (frame, *_rest) = sample(io.BytesIO(mp4([scene(1, 1920, 1080)] * 2)), 2)
    assert frame.picture.shape == (540, 960, 3)


def test_one_frame_is_enough():
    assert [frame.number for frame in sample(io.BytesIO(mp4([scene(1)])), 1)] == [0]


def test_the_tiny_films_of_the_tests_can_be_sampled():
    assert len(sample(io.BytesIO(mp4_bytes()), 16)) >= 3


@pytest.mark.parametrize("content", [b"", b"not a film", b"#EXTM3U\nfile:///etc/passwd\n", mp4_bytes()[:200]])
def test_what_is_no_film_has_no_pictures(content, tmp_path):
    (tmp_path / "film").write_bytes(content)
    with (tmp_path / "film").open("rb") as file, pytest.raises(NoPictures):
        sample(file, 16)
