"""Faces, by OpenCV's Haar cascade for faces seen from the front. It knows nobody: whether a face is a real person's
is for the reviewer to say. Faces from the side, small or in the dark escape it."""

from __future__ import annotations

from pathlib import Path

import cv2
from cv2.data import haarcascades

from review.signals.reading import Fault, Material, Missing, Reading, best, hit_at

CASCADE = "haarcascade_frontalface_default.xml"
NEIGHBOURS = 5  # how many overlapping windows have to agree
LONG_SIDE = 480  # pixels; the smallest face that the cascade knows, 24 pixels, is then a twentieth of the width
# The cascade says how far a window is above its last threshold, without an upper end; from here on it is a whole face.
SURE = 8.0


class Faces:
    kind = "faces"
    name = "haar-frontalface"
    version = f"opencv {cv2.__version__}"

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        file = Path(haarcascades) / CASCADE
        self._cascade = cv2.CascadeClassifier(str(file))
        if self._cascade.empty():
            raise Missing(Fault.NOT_INSTALLED)

    def look(self, material: Material) -> Reading:
        hits = []
        for frame in material.frames:
            scale = min(1.0, LONG_SIDE / max(frame.picture.shape[:2]))
            grey = cv2.cvtColor(frame.picture, cv2.COLOR_RGB2GRAY)
            grey = cv2.equalizeHist(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
            boxes, _levels, weights = self._cascade.detectMultiScale3(
                grey, scaleFactor=1.2, minNeighbors=NEIGHBOURS, outputRejectLevels=True
            )
            for box, weight in zip(boxes, weights, strict=True):
                hits.append(hit_at(frame, score=min(1.0, max(0.0, float(weight) / SURE)), box=box / scale))
        score = max((hit["score"] for hit in hits), default=0.0)
        return Reading(score, fired=bool(hits), hits=best(hits))
