"""What a detector is given and what it gives back. No ORM, no Django: this also runs in a process without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypedDict

import numpy as np
from numpy.typing import NDArray

MOST_HITS = 24
LONGEST_LABEL = 80


class Fault(StrEnum):
    """Why there is no reading."""

    NOT_INSTALLED = "not_installed"
    NO_PICTURES = "no_pictures"
    NO_PROMPT = "no_prompt"
    NO_TOPICS = "no_topics"
    BROKE = "broke"
    TOO_LONG = "too_long"
    ENDED = "ended"


class Missing(Exception):
    """This detector, or what it needs to look at, is not here."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as RGB, with its place in the video."""

    number: int
    at_ms: int
    picture: NDArray[np.uint8]


class Hit(TypedDict, total=False):
    """Where a detector fired. A box is left, top, width and height in fractions of the frame."""

    at_ms: int
    frame: int
    box: list[float]
    label: str
    score: float
    # Of another work that this one is like: which, and where in it.
    video: str
    video_at_ms: int


@dataclass(frozen=True, slots=True)
class Material:
    """All that there is to look at. The prompt stays in here: no reading and no log repeats it."""

    frames: Sequence[Frame] = ()
    prompt: str = ""
    # Reason code -> what the policy in force says of it.
    topics: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look found; `score` is 0 to 1, and `fired` asks a reviewer to look there."""

    score: float | None
    fired: bool
    hits: Sequence[Hit] = ()


class Detector(Protocol):
    """One way of looking. `version` changes with the model and with everything that can change a score."""

    kind: str
    name: str
    version: str

    def look(self, material: Material) -> Reading: ...


def hit_at(frame: Frame, *, score: float, label: str = "", box: Sequence[float] = ()) -> Hit:
    """A hit in a frame; `box` in pixels: left, top, width, height."""
    hit = Hit(at_ms=frame.at_ms, frame=frame.number, score=round(score, 3))
    if label:
        hit["label"] = label[:LONGEST_LABEL]
    if len(box):
        height, width = frame.picture.shape[:2]
        fractions = (np.asarray(box, float) / (width, height, width, height)).clip(0, 1)
        hit["box"] = [round(float(part), 4) for part in fractions]
    return hit


def best(hits: Sequence[Hit]) -> list[Hit]:
    """The strongest hits, in the order of time."""
    strongest = sorted(hits, key=lambda hit: -hit.get("score", 0.0))[:MOST_HITS]
    return sorted(strongest, key=lambda hit: hit.get("at_ms", 0))
