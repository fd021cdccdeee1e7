"""One look at one work by all detectors that are asked for, each for itself: one that fails takes no other with it.

This runs in a process of its own (`python -m review.signals`): see `review.signals.process`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from review.signals.frames import NoPictures, sample
from review.signals.hashing import FramePrint, prints_of
from review.signals.reading import Detector, Fault, Material, Missing, Reading

# In this order, what is quick first: a look that is cut short still says something.
DETECTORS = {
    "prompt_topics": "review.signals.prompt_topics:PromptTopics",
    "profanity": "review.signals.profanity:Profanity",
    "nudity": "review.signals.nudity:Nudity",
    "faces": "review.signals.faces:Faces",
    "text": "review.signals.text:Text",
}
OF_PICTURES = ("nudity", "faces", "text")
# Not a detector of its own: the hashes are compared where the database is.
PRINTS = "near_duplicate"


@dataclass(frozen=True, slots=True)
class Result:
    """What one detector said, or why it said nothing."""

    kind: str
    name: str = ""
    version: str = ""
    reading: Reading | None = None
    fault: Fault | None = None
    prints: Sequence[FramePrint] = ()


def look(material: Material, *, video: Any, frame_count: int, kinds: Sequence[str]) -> Iterator[Result]:
    """One result for each kind that was asked for; `video` is an open MP4."""
    pictures = [kind for kind in kinds if kind in OF_PICTURES or kind == PRINTS]
    no_pictures = False
    if pictures:
        try:
            material = replace(material, frames=sample(video, frame_count))
        except NoPictures:
            no_pictures = True
    if PRINTS in kinds and not no_pictures:
        yield Result(PRINTS, prints=prints_of(material.frames))
    for kind in (PRINTS, *DETECTORS):
        if kind in pictures and no_pictures:
            yield Result(kind, fault=Fault.NO_PICTURES)
        elif kind in kinds and kind in DETECTORS:
            yield _ask(kind, material)


def _ask(kind: str, material: Material) -> Result:
    try:
        detector = _detector(kind)
        return Result(kind, detector.name, detector.version, _within_bounds(detector.look(material)))
    except Missing as missing:
        return Result(kind, fault=missing.fault)
    except ImportError:
        return Result(kind, fault=Fault.NOT_INSTALLED)
    except Exception:  # noqa: BLE001  whatever a model does: its signal is missing, and the case goes on
        return Result(kind, fault=Fault.BROKE)


def _detector(kind: str) -> Detector:
    module, name = DETECTORS[kind].split(":")
    detector: Detector = getattr(import_module(module), name)()
    return detector


def _within_bounds(reading: Reading) -> Reading:
    """A score that is none (not a number, outside 0 to 1) is a fault of the detector, not a reading."""
    if reading.score is not None and not 0 <= reading.score <= 1:
        raise ValueError(reading.score)
    return reading
