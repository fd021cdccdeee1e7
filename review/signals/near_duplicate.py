"""Works that look like one that was refused: in another encoding or size, or mirrored. A work that was cropped or
drawn over can escape: PDQ promises nothing there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from review.signals import pdq
from review.signals.hashing import FramePrint
from review.signals.reading import Hit, Reading, best

KIND = "near_duplicate"
NAME = "PDQ"
VERSION = pdq.VERSION
AT_ONCE = 20_000  # hashes in memory


class Known(NamedTuple):
    """One frame of a refused work."""

    video: str
    at_ms: int
    pdq: str


def compare(prints: Sequence[FramePrint], refused: Iterable[Known]) -> Reading:
    """The score is 1 for equal hashes, 0.5 at the limit of what counts as the same picture."""
    mine = [one for one in prints if one.quality >= pdq.LEAST_QUALITY]
    nearest: dict[tuple[int, str], tuple[int, Hit]] = {}
    least = 256
    for known in _portions(refused):
        others = pdq.as_bits([one.pdq for one in known])
        for one in mine:
            for digest, label in ((one.pdq, ""), (one.mirrored, "mirrored")):
                bits = pdq.distances(pdq.as_bits([digest]), others)
                least = min(least, int(bits.min()))
                for place in np.flatnonzero(bits <= pdq.SAME):
                    _keep(nearest, one, known[place], int(bits[place]), label)
    score = _score(least)
    return Reading(score, fired=bool(nearest), hits=best([hit for _bits, hit in nearest.values()]))


def _portions(refused: Iterable[Known]) -> Iterable[list[Known]]:
    portion: list[Known] = []
    for one in refused:
        portion.append(one)
        if len(portion) == AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion


def _keep(
    nearest: dict[tuple[int, str], tuple[int, Hit]], one: FramePrint, other: Known, bits: int, label: str
) -> None:
    """For each of our frames and each refused work, the nearest of its frames."""
    key = (one.frame, other.video)
    if key in nearest and nearest[key][0] <= bits:
        return
    hit = Hit(at_ms=one.at_ms, frame=one.frame, score=_score(bits), video=other.video, video_at_ms=other.at_ms)
    if label:
        hit["label"] = label
    nearest[key] = (bits, hit)


def _score(bits: int) -> float:
    return round(max(0.0, 1 - bits / (2 * pdq.SAME)), 3)
