"""Where pixels go: the part of a frame that fits the asked aspect, and the grid of a storyboard. Arithmetic only."""

from __future__ import annotations

from dataclasses import dataclass

STORYBOARD_COLUMNS = 5
STORYBOARD_ROWS = 4
TILE_LONG_SIDE = 192  # pixels
MP4_SIDES = range(16, 8193, 2)  # yuv420p halves both sides, so they must be even


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a frame, in pixels."""

    left: int
    top: int
    width: int
    height: int


def fitting_part(*, native: tuple[int, int], target: tuple[int, int]) -> Box:
    """The largest centred part of a native frame (width, height) with the target's aspect, to the nearest pixel."""
    width, height = native
    if width * target[1] > height * target[0]:
        width = max(1, round(height * target[0] / target[1]))
    else:
        height = max(1, round(width * target[1] / target[0]))
    return Box(left=(native[0] - width) // 2, top=(native[1] - height) // 2, width=width, height=height)


@dataclass(frozen=True, slots=True)
class Storyboard:
    """One picture of many frames: tiles row by row from the top left, without gaps and without empty places.

    Tile n (column n % columns, row n // columns) shows frame `frames[n]`; all are tile_width × tile_height pixels.
    """

    columns: int
    rows: int
    tile_width: int
    tile_height: int
    frames: tuple[int, ...]


def storyboard(*, width: int, height: int, frame_count: int) -> Storyboard:
    """The layout for a video. It follows from these three alone, so nobody has to store it."""
    columns = min(STORYBOARD_COLUMNS, frame_count)
    rows = min(STORYBOARD_ROWS, frame_count // columns)
    count = columns * rows
    scale = TILE_LONG_SIDE / max(width, height)
    return Storyboard(
        columns=columns,
        rows=rows,
        tile_width=max(1, round(width * scale)),
        tile_height=max(1, round(height * scale)),
        # The middle of each of `count` equal parts.
        frames=tuple((2 * place + 1) * frame_count // (2 * count) for place in range(count)),
    )
