"""Text in frames, by the models of PP-OCRv6 through rapidocr. It is slow, so only few frames are read."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import cv2
import numpy as np
from rapidocr import RapidOCR

from review.signals.reading import Frame, Material, Reading, best, hit_at

MOST_FRAMES = 3
FIRES = 0.6
SHORTEST = 2  # letters and digits; a lone one is more often a lamp post
LONG_SIDE = 736  # pixels on which boxes are looked for
# Frames whose brightness differs by less than this in the mean, of 255, show the same text.
ALIKE = 4.0
SETTINGS = {
    "Global.use_cls": False,  # upside down text is rare, and the model for it costs time
    "Global.log_level": "critical",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Det.limit_type": "max",
    "Det.limit_side_len": LONG_SIDE,
}


class Text:
    kind = "text"
    name = "rapidocr"
    version = f"PP-OCRv6 small ({version('rapidocr')})"

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._reader = RapidOCR(params=SETTINGS)

    def look(self, material: Material) -> Reading:
        hits = []
        for frame in most_different(material.frames, MOST_FRAMES):
            found = self._reader(cv2.cvtColor(frame.picture, cv2.COLOR_RGB2BGR))
            if found.boxes is None or found.txts is None or found.scores is None:
                continue
            for corners, words, score in zip(found.boxes, found.txts, found.scores, strict=True):
                if score >= FIRES and sum(letter.isalnum() for letter in words) >= SHORTEST:
                    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
                    box = (left, top, right - left, bottom - top)
                    hits.append(hit_at(frame, score=min(1.0, float(score)), label=words, box=box))
        score = max((hit["score"] for hit in hits), default=0.0)
        return Reading(score, fired=bool(hits), hits=best(hits))


def most_different(frames: Sequence[Frame], count: int) -> list[Frame]:
    """The frame in the middle, then again and again the one that is least like those chosen; none that is alike."""
    if not frames:
        return []
    small = [frame.picture[::12, ::12].mean(axis=2) for frame in frames]
    chosen = [len(frames) // 2]
    while len(chosen) < min(count, len(frames)):
        nearest = [min(float(np.abs(one - small[other]).mean()) for other in chosen) for one in small]
        furthest = int(np.argmax(nearest))
        if nearest[furthest] < ALIKE:
            break
        chosen.append(furthest)
    return [frames[place] for place in sorted(chosen)]
