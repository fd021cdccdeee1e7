"""What a delivered film shows, from its pixels alone: the ground's colour, the shape's, its path, its growth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Colorspace
from numpy.typing import NDArray

from generation.demo_model.vocabulary import COLOURS

Frames = NDArray[np.float32]  # frames × height × width × 3, from 0 to 1
LOOKS = 17  # frames that are looked at, from the first to the last
APART = 0.10  # in RGB, that a pixel must be from the ground to be no ground
LEAST = 0.002  # of the picture: less is a speck
MOVED = 0.2  # of half the width or height
GREW = 0.5  # logarithm of the area's ratio
PALETTE = np.array(list(COLOURS.values()), dtype=np.float32)
NAMES = tuple(COLOURS)


@dataclass(frozen=True, slots=True)
class Seen:
    """`direction` is left, right, up, down or "" where nothing goes anywhere; `growth` growing, shrinking or ""."""

    ground: str
    colour: str
    direction: str
    growth: str
    masks: NDArray[np.bool_]  # LOOKS × height × width: where the shape is


def frames_of(film: Path) -> Frames:
    """LOOKS frames of an MP4, evenly from first to last."""
    with av.open(str(film)) as container:
        pictures = [
            frame.reformat(format="rgb24", src_colorspace=Colorspace.ITU709).to_ndarray()
            for frame in container.decode(video=0)
        ]
    chosen = np.linspace(0, len(pictures) - 1, LOOKS).round().astype(int)
    return np.stack([pictures[place] for place in chosen]).astype(np.float32) / np.float32(255)


def look(frames: Frames) -> Seen:
    """Everything is measured against the ground, which is what most of the rim shows."""
    rim = np.concatenate([frames[:, 0], frames[:, -1], frames[:, :, 0], frames[:, :, -1]], 1).reshape(-1, 3)
    ground = np.median(rim, 0)
    masks = np.linalg.norm(frames - ground, axis=-1) > APART
    if not (_area(masks) > LEAST).any():
        return Seen(_named(ground), "", "", "", masks)
    inner = _shrunk(masks)
    inner = inner if inner.any() else masks
    return Seen(
        ground=_named(ground),
        colour=_named(np.median(frames[inner], 0)),
        direction=direction_of(masks),
        growth=growth_of(masks),
        masks=masks,
    )


def mask_of(frames: Frames, colour: str) -> NDArray[np.bool_]:
    """Where a colour of the vocabulary is the nearest one, less the thin seams where two others mix to it."""
    return _grown(_shrunk(_nearest(frames) == NAMES.index(colour)))


def colours_of(frames: Frames) -> set[str]:
    """The colours that fill more than a speck of some frame."""
    nearest = _nearest(frames)
    return {name for place, name in enumerate(NAMES) if (_area(_shrunk(nearest == place)) > LEAST).any()}


def _nearest(frames: Frames) -> NDArray[np.intp]:
    distances = [np.square(frames - colour).sum(-1) for colour in PALETTE]
    return np.argmin(distances, 0)


def _area(masks: NDArray[np.bool_]) -> NDArray[np.floating]:
    """The share of each picture."""
    return masks.mean((1, 2))


def _named(colour: NDArray[np.floating]) -> str:
    return NAMES[int(np.linalg.norm(PALETTE - colour, axis=1).argmin())]


def _shrunk(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without two pixels of rim, whose colours are mixed and smeared by the codec."""
    for _ in range(2):
        kept = masks.copy()
        for axis in (1, 2):
            kept &= np.roll(masks, 1, axis) & np.roll(masks, -1, axis)
        masks = kept
    return masks


def _grown(masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return ~_shrunk(~masks)


def direction_of(masks: NDArray[np.bool_]) -> str:
    """Of the line through the centroid's path; as far as the whole film lasts."""
    height, width = masks.shape[1:]
    seen = np.flatnonzero(_area(masks) > LEAST)
    if len(seen) < 3:
        return ""
    counts = masks[seen].sum((1, 2))
    x = (masks[seen].sum(1) * np.arange(width)).sum(1) / counts / (width / 2)
    y = (masks[seen].sum(2) * np.arange(height)).sum(1) / counts / (height / 2)
    across, down = (float(np.polyfit(seen / (LOOKS - 1), path, 1)[0]) for path in (x, y))
    if max(abs(across), abs(down)) < MOVED:
        return ""
    if abs(across) > abs(down):
        return "right" if across > 0 else "left"
    return "down" if down > 0 else "up"


def growth_of(masks: NDArray[np.bool_]) -> str:
    area = _area(masks)
    change = float(np.log(max(area[-1], LEAST / 4) / max(area[0], LEAST / 4)))
    if abs(change) < GREW:
        return ""
    return "growing" if change > 0 else "shrinking"
