"""The PDQ hashes of the sampled frames: what a later work is compared with, should this one be refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from review.signals import pdq
from review.signals.reading import Frame

ENOUGH = 512  # pixels on the longer side: more changes a hash by a few bits and costs much


class FramePrint(NamedTuple):
    """One frame's hash, and the hash of it mirrored."""

    at_ms: int
    frame: int
    pdq: str
    mirrored: str
    quality: int


def prints_of(frames: Sequence[Frame]) -> list[FramePrint]:
    return [FramePrint(frame.at_ms, frame.number, *pdq.hash_of(_smaller(frame.picture))) for frame in frames]


def _smaller(picture: pdq.Picture) -> pdq.Picture:
    step = -(-max(picture.shape[:2]) // ENOUGH)
    height, width = (length // step * step for length in picture.shape[:2])
    blocks = picture[:height, :width].reshape(height // step, step, width // step, step, 3)
    smaller: pdq.Picture = blocks.mean(axis=(1, 3)).astype("uint8")
    return smaller
