"""What a film shows against what was asked for, and the sums of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from generation.demo_model.evaluation.asking import Asked, Thing
from generation.demo_model.evaluation.seeing import (
    LOOKS,
    Masks,
    bounces,
    colours_of,
    direction_of,
    frames_of,
    growth_of,
    look,
    mask_of,
    nearest_of,
    rests,
    spins,
)
from generation.demo_model.evaluation.shapes import ShapeClassifier

MEASURES = ("background", "colour", "direction", "growth", "shape")
BESIDES = ("spin", "bounce")  # measured and told, without a goal
DIRECTIONS = frozenset({"left", "right", "up", "down"})
GROWTHS = frozenset({"growing", "shrinking"})
CORNERS = {"square": 4, "triangle": 3, "star": 5}  # of circles and rings nobody sees that they spin
MIDDLE = slice(LOOKS // 3, LOOKS - LOOKS // 3)  # where no path has left the picture


def judged(asked: Asked, film: Path, classifier: ShapeClassifier) -> dict[str, bool]:
    """Right or wrong, by measure; of a film that shows nothing, everything is wrong.

    Direction is asked of what goes somewhere; growth of what grows, shrinks or rests, and whatever rests must stay
    where it is, too; spin of what spins and has corners; bounce of what bounces.
    """
    if len(asked.things) > 1:
        return _judged_of_two(asked, film, classifier)
    seen, (thing,) = look(frames_of(film)), asked.things
    return {
        "background": seen.ground == asked.ground,
        "colour": seen.colour == thing.colour,
        "shape": classifier.named(seen.masks[MIDDLE]) == thing.shape,
    } | _motion(thing, seen.masks)


def _judged_of_two(asked: Asked, film: Path, classifier: ShapeClassifier) -> dict[str, bool]:
    """`colour`: exactly the two colours are there; the others ask for both shapes, each found by its colour."""
    frames = frames_of(film)
    nearest = nearest_of(frames)
    masks = {thing: mask_of(nearest, thing.colour) for thing in asked.things}
    verdict = {
        "background": look(frames).ground == asked.ground,
        "colour": colours_of(nearest) == {asked.ground, *(thing.colour for thing in asked.things)},
        "shape": all(classifier.named(mask[MIDDLE]) == thing.shape for thing, mask in masks.items()),
    }
    for thing, mask in masks.items():
        for name, is_right in _motion(thing, mask).items():
            verdict[name] = verdict.get(name, True) and is_right
    return verdict


def _motion(thing: Thing, masks: Masks) -> dict[str, bool]:
    """The one measure that its motion is asked by; none for a circle that spins."""
    if thing.motion in DIRECTIONS:
        return {"direction": direction_of(masks) == thing.motion}
    if thing.motion in GROWTHS:
        return {"growth": growth_of(masks) == thing.motion}
    if thing.motion == "still":
        return {"growth": rests(masks)}
    if thing.motion == "bouncing":
        return {"bounce": bounces(masks)}
    return {"spin": spins(masks, CORNERS[thing.shape])} if thing.shape in CORNERS else {}


class Tally:
    """How many were right, of how many."""

    def __init__(self, kept: dict[str, Any] | None = None) -> None:
        """Goes on from what another one kept."""
        kept = kept or {}
        self._right = dict.fromkeys((*MEASURES, *BESIDES), 0) | kept.get("right", {})
        self._asked = dict.fromkeys((*MEASURES, *BESIDES), 0) | kept.get("asked", {})
        self._seconds: list[float] = [*kept.get("seconds", ())]

    @property
    def films(self) -> int:
        return len(self._seconds)

    def add(self, verdict: dict[str, bool], seconds: float) -> None:
        for name, is_right in verdict.items():
            self._right[name] += is_right
            self._asked[name] += 1
        self._seconds.append(round(seconds, 3))

    def share(self, name: str) -> float:
        """Nothing where no film was asked for it: what nobody saw is no success."""
        return self._right[name] / max(1, self._asked[name])

    def report(self) -> dict[str, float]:
        shares = {name: round(self.share(name), 4) for name in MEASURES}
        return shares | {"seconds_per_clip": round(sum(self._seconds) / max(1, self.films), 3)}

    def kept(self) -> dict[str, Any]:
        return {"right": self._right, "asked": self._asked, "seconds": self._seconds}

    def __str__(self) -> str:
        return "  ".join(f"{name} {self._right[name]}/{self._asked[name]}" for name in self._asked)
