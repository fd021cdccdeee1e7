"""What a delivered film shows, from its pixels alone: the ground's colour, the shape's, and how the shape moves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Colorspace
from numpy.typing import NDArray

from generation.demo_model.vocabulary import COLOURS

Frames = NDArray[np.float32]  # frames × height × width × 3, from 0 to 1
Masks = NDArray[np.bool_]  # LOOKS × height × width: where a shape is
LOOKS = 17  # frames that are looked at, from the first to the last
APART = 0.10  # in RGB, that a pixel must be from the ground to be no ground
LEAST = 0.002  # of the picture: less is a speck
MOVED = 0.2  # of half the width or height
DRIFT = 0.1  # of the same: what rests stays within it
GREW = 0.5  # logarithm of the area's ratio
TURNED = 0.2  # of a full turn
CLEAR = 0.1  # of 1, how much an outline must differ from a circle for its angle to be seen
PALETTE = np.array(list(COLOURS.values()), dtype=np.float32)
NAMES = tuple(COLOURS)


@dataclass(frozen=True, slots=True)
class Seen:
    """Colours are "" in a film that shows nothing: of an empty picture nobody can say that it is the ground."""

    ground: str
    colour: str
    masks: Masks


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
    if not _fills(masks):
        return Seen("", "", masks)
    inner = _shrunk(masks)
    inner = inner if inner.any() else masks
    return Seen(_named(ground), _named(np.median(frames[inner], 0)), masks)


def nearest_of(frames: Frames) -> NDArray[np.intp]:
    """Of each pixel, the number of the nearest colour of the vocabulary."""
    # The square of the distance, less the pixel's own square, which is the same for all colours.
    nearness: NDArray[np.floating] = frames @ PALETTE.T - np.square(PALETTE).sum(1) / 2
    return nearness.argmax(-1)


def mask_of(nearest: NDArray[np.intp], colour: str) -> Masks:
    """Where a colour is the nearest one, less the thin seams where two others mix to it."""
    return _grown(_shrunk(nearest == NAMES.index(colour)))


def colours_of(nearest: NDArray[np.intp]) -> set[str]:
    """The colours that fill more than a speck of some frame."""
    masks = {name: nearest == place for place, name in enumerate(NAMES)}
    # A colour that does not fill a speck with its seams does not without them.
    return {name for name, mask in masks.items() if _fills(mask) and _fills(_shrunk(mask))}


def _fills(masks: Masks) -> bool:
    return bool((_area(masks) > LEAST).any())


def _area(masks: Masks) -> NDArray[np.floating]:
    """The share of each picture."""
    return masks.mean((1, 2))


def _named(colour: NDArray[np.floating]) -> str:
    return NAMES[int(np.linalg.norm(PALETTE - colour, axis=1).argmin())]


def _shrunk(masks: Masks) -> Masks:
    """Without two pixels of rim, whose colours are mixed and smeared by the codec."""
    for _ in range(2):
        kept = masks.copy()
        for axis in (1, 2):
            kept &= np.roll(masks, 1, axis) & np.roll(masks, -1, axis)
        masks = kept
    return masks


def _grown(masks: Masks) -> Masks:
    return ~_shrunk(~masks)


def direction_of(masks: Masks) -> str:
    """Of the line through the centroid's path: left, right, up or down; "" where nothing goes anywhere."""
    times, path = _path(masks)
    if len(times) < 3:
        return ""
    across, down = np.polyfit(times, path, 1)[0]
    if max(abs(across), abs(down)) < MOVED:
        return ""
    if abs(across) > abs(down):
        return "right" if across > 0 else "left"
    return "down" if down > 0 else "up"


def growth_of(masks: Masks) -> str:
    """Growing, shrinking or steady, from the first picture to the last; "" where nothing is."""
    area = _area(masks)
    if not _fills(masks):
        return ""
    change = float(np.log(max(area[-1], LEAST / 4) / max(area[0], LEAST / 4)))
    if abs(change) < GREW:
        return "steady"
    return "growing" if change > 0 else "shrinking"


def rests(masks: Masks) -> bool:
    """Whether it is there all the time, in one place and of one size."""
    times, path = _path(masks)
    return len(times) == LOOKS and bool((np.ptp(path, 0) < DRIFT).all()) and growth_of(masks) == "steady"


def bounces(masks: Masks) -> bool:
    """Whether its path turns: up and down again, or the other way round, by more than a wobble each."""
    _times, path = _path(masks)
    if not len(path):
        return False
    height = path[:, 1]
    return max(_turning(height), _turning(-height)) > MOVED


def spins(masks: Masks, corners: int) -> bool:
    """Whether an outline of as many corners turns: its wave of as many crests is followed from look to look."""
    waves = [_wave(mask, corners) for mask in masks[_area(masks) > LEAST]]
    if len(waves) < 3 or np.median(np.abs(waves)) < CLEAR:
        return False
    angles = np.unwrap(np.angle(waves)) / corners
    return bool(abs(angles[-1] - angles[0]) > TURNED * 2 * np.pi)


def _path(masks: Masks) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """When it is seen, from 0 to 1, and where its middle is then (x and y, in half the width and height)."""
    height, width = masks.shape[1:]
    seen = np.flatnonzero(_area(masks) > LEAST)
    counts = masks[seen].sum((1, 2))
    x = (masks[seen].sum(1) * np.arange(width)).sum(1) / counts / (width / 2)
    y = (masks[seen].sum(2) * np.arange(height)).sum(1) / counts / (height / 2)
    return seen / (LOOKS - 1), np.stack([x, y], 1)


def _turning(heights: NDArray[np.floating]) -> float:
    """How far the lowest valley lies below both its sides."""
    before, after = np.maximum.accumulate(heights), np.maximum.accumulate(heights[::-1])[::-1]
    return float((np.minimum(before, after) - heights).max())


def _wave(mask: NDArray[np.bool_], crests: int) -> complex:
    """How strong the outline's wave is (up to 1), and the angle of its crests times their number."""
    y, x = np.nonzero(mask)
    points = (x - x.mean()) + 1j * (y - y.mean())
    return complex((points**crests).sum() / (np.abs(points) ** crests).sum())
