"""What a film shows against what was asked for, and the sums of it."""

from __future__ import annotations

from pathlib import Path

from generation.demo_model.evaluation.asking import Asked
from generation.demo_model.evaluation.seeing import (
    LOOKS,
    colours_of,
    direction_of,
    frames_of,
    growth_of,
    look,
    mask_of,
)
from generation.demo_model.evaluation.shapes import ShapeClassifier

MEASURES = ("background", "colour", "direction", "growth", "shape")
DIRECTIONS = frozenset({"left", "right", "up", "down"})
GROWTHS = {"growing": "growing", "shrinking": "shrinking", "still": ""}
MIDDLE = slice(LOOKS // 3, LOOKS - LOOKS // 3)  # where no path has left the picture


def judged(asked: Asked, film: Path, classifier: ShapeClassifier) -> dict[str, bool]:
    """Right or wrong, by measure. Direction is asked of what goes somewhere, growth of what grows, shrinks or rests."""
    if len(asked.things) > 1:
        return _judged_of_two(asked, film, classifier)
    seen, (thing,) = look(frames_of(film)), asked.things
    verdict = {
        "background": seen.ground == asked.ground,
        "colour": seen.colour == thing.colour,
        "shape": classifier.named(seen.masks[MIDDLE]) == thing.shape,
    }
    if thing.motion in DIRECTIONS:
        verdict["direction"] = seen.direction == thing.motion
    if thing.motion in GROWTHS:
        verdict["growth"] = seen.growth == GROWTHS[thing.motion]
    return verdict


def _judged_of_two(asked: Asked, film: Path, classifier: ShapeClassifier) -> dict[str, bool]:
    """`colour`: exactly the two colours are there; the others ask for both shapes, each found by its colour."""
    frames = frames_of(film)
    found = colours_of(frames)
    masks = [mask_of(frames, thing.colour) for thing in asked.things]
    verdict = {
        "background": look(frames).ground == asked.ground,
        "colour": found == {asked.ground, *(thing.colour for thing in asked.things)},
        "shape": all(
            classifier.named(mask[MIDDLE]) == thing.shape for mask, thing in zip(masks, asked.things, strict=True)
        ),
    }
    going = [(mask, thing) for mask, thing in zip(masks, asked.things, strict=True) if thing.motion in DIRECTIONS]
    if going:
        verdict["direction"] = all(direction_of(mask) == thing.motion for mask, thing in going)
    sizing = [(mask, thing) for mask, thing in zip(masks, asked.things, strict=True) if thing.motion in GROWTHS]
    if sizing:
        verdict["growth"] = all(growth_of(mask) == GROWTHS[thing.motion] for mask, thing in sizing)
    return verdict


class Tally:
    """How many were right, of how many."""

    def __init__(self) -> None:
        self._right = dict.fromkeys(MEASURES, 0)
        self._asked = dict.fromkeys(MEASURES, 0)
        self._seconds: list[float] = []

    def add(self, verdict: dict[str, bool], seconds: float) -> None:
        for name, is_right in verdict.items():
            self._right[name] += is_right
            self._asked[name] += 1
        self._seconds.append(seconds)

    def share(self, name: str) -> float:
        return self._right[name] / max(1, self._asked[name])

    def report(self) -> dict[str, float]:
        shares = {name: round(self.share(name), 4) for name in MEASURES}
        return shares | {"seconds_per_clip": round(sum(self._seconds) / len(self._seconds), 3)}

    def __str__(self) -> str:
        return "  ".join(f"{name} {self._right[name]}/{self._asked[name]}" for name in MEASURES)
