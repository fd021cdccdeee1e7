"""A few frames of a share copy for all detectors: decoded once, made small once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from review.signals.reading import Frame

EVENLY = 6  # frames, from the first to the last
SCENES = 4  # more of them, right after the hardest cuts
LONG_SIDE = 960  # pixels
# Two shots of one scene differ by less than this in their mean brightness per place, of 255.
CUT = 18.0
GRID = (36, 64)
# A file that says it has no end must not keep us for ever: 10 s at 60 a second, thrice.
MOST_FRAMES = 1800

Luma = NDArray[np.int16]


class NoPictures(Exception):
    """There is nothing in the file that can be looked at."""


@dataclass(slots=True)
class _Cut:
    size: float
    frame: Frame


def sample(file: Any, frame_count: int) -> list[Frame]:
    """At most EVENLY + SCENES frames of an MP4 in the order of time: spread over its length, and first after a cut.

    The format is fixed rather than guessed, so that a file can never be taken for a playlist that names other files.
    Frames that no other frame builds upon are not decoded, which halves the work; a cut begins with one of the others.
    """
    try:
        with av.open(file, "r", format="mp4") as container:
            stream = container.streams.video[0]
            stream.codec_context.skip_frame = "NONREF"
            rate = float(stream.average_rate or 1)
            choice = _Choice(frame_count)
            for frame in islice(container.decode(stream), MOST_FRAMES):
                choice.consider(frame, round((frame.time or 0.0) * rate))
    except (OSError, av.FFmpegError, IndexError, ValueError) as error:
        raise NoPictures from error
    if not (chosen := choice.frames()):
        raise NoPictures
    return chosen


class _Choice:
    """The frames chosen so far. Only these are converted; all others are looked at through a coarse grid."""

    def __init__(self, frame_count: int) -> None:
        self._wanted = np.linspace(0, max(frame_count - 1, 0), EVENLY).round().astype(int).tolist()
        self._spread: list[Frame] = []
        self._cuts: list[_Cut] = []
        self._grid: Luma | None = None
        self._last: tuple[av.VideoFrame, int] | None = None

    def consider(self, frame: av.VideoFrame, number: int) -> None:
        grid = _grid(frame)
        size = 0.0 if self._grid is None else float(np.abs(grid - self._grid).mean())
        self._grid, self._last = grid, (frame, number)
        if self._wanted and number >= self._wanted[0]:
            self._wanted = [place for place in self._wanted if place > number]
            self._spread.append(_small(frame, number))
        elif size > CUT and (len(self._cuts) < SCENES or size > self._cuts[-1].size):
            cuts = [*self._cuts, _Cut(size, _small(frame, number))]
            self._cuts = sorted(cuts, key=lambda cut: -cut.size)[:SCENES]

    def frames(self) -> list[Frame]:
        """In the order of time; the last one that was decoded stands for those after it."""
        found = {frame.number: frame for frame in (*self._spread, *(cut.frame for cut in self._cuts))}
        if self._wanted and self._last is not None and self._last[1] not in found:
            found[self._last[1]] = _small(*self._last)
        return [found[number] for number in sorted(found)]


def _grid(frame: av.VideoFrame) -> Luma:
    """The brightness at a grid of places, without a conversion: the first plane of every format that we make."""
    plane = frame.planes[0]
    deep = 2 if frame.format.components[0].bits > 8 else 1
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width * deep]
    rows = rows[:, deep - 1 :: deep]  # of two bytes the upper one
    steps = [max(1, length // count) for length, count in zip(rows.shape, GRID, strict=True)]
    return rows[:: steps[0], :: steps[1]].astype(np.int16)


def _small(frame: av.VideoFrame, number: int) -> Frame:
    scale = min(1.0, LONG_SIDE / max(frame.width, frame.height))
    width, height = (max(2, round(length * scale / 2) * 2) for length in (frame.width, frame.height))
    picture = frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA").to_ndarray()
    return Frame(number=number, at_ms=max(0, round((frame.time or 0.0) * 1000)), picture=np.ascontiguousarray(picture))
