"""The story's look at its film: what it takes for red, blue and going left, in films that are known."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from config.demo.story.picture import what_it_shows
from config.demo.story.privacy import MOSTLY, SOMETHING

RED, BLUE, GREEN = (219, 41, 41), (38, 82, 217), (43, 158, 64)
WIDTH, HEIGHT, FRAMES = 160, 96, 8


def film(folder: Path, *, places: list[float], dot=RED, ground=BLUE) -> Path:
    """A square whose left edge is at each of these parts of the width in turn."""
    file = folder / "film.mp4"
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libx264", rate=8)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for place in places:
            picture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
            picture[:] = ground
            left = int(place * WIDTH)
            picture[30:54, left : left + 24] = dot
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return file


LEFT = list(np.linspace(0.8, 0.1, FRAMES))


def test_a_red_thing_that_goes_left_on_blue(tmp_path):
    shown = what_it_shows(film(tmp_path, places=LEFT))
    assert shown.blue >= MOSTLY
    assert shown.red >= SOMETHING
    assert shown.goes_left


@pytest.mark.parametrize(
    "places", [LEFT[::-1], [0.4] * FRAMES, [*LEFT[:4], *LEFT[3::-1]], LEFT[:1]], ids=["right", "still", "back", "one"]
)
def test_whatever_else_it_does_is_not_going_left(tmp_path, places):
    assert not what_it_shows(film(tmp_path, places=places)).goes_left


def test_other_colours_are_not_taken_for_these(tmp_path):
    shown = what_it_shows(film(tmp_path, places=LEFT, dot=GREEN, ground=(128, 130, 133)))
    assert (shown.red, shown.blue, shown.goes_left) == (0.0, 0.0, False)


def test_red_in_one_frame_alone_is_not_enough(tmp_path):
    shown = what_it_shows(film(tmp_path, places=[1.0, *LEFT[1:]]))  # outside of the picture at first
    assert shown.red == 0.0
    assert not shown.goes_left
