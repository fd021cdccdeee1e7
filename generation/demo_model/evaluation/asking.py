"""The pairs of prompt and seed: every fact is said, and the denoisers never learned from a scene with these facts.

With two shapes it is the facts of one of them, at least, that they never saw. Encoder and decoder saw all scenes in
their training, but no words.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

import torch

from generation.demo_model.captions import caption
from generation.demo_model.scenes import MOST, Scenes, draw, held_out
from generation.demo_model.vocabulary import COLOUR_WORDS, COLOURS, MOTION_WORDS, MOTIONS, SHAPES

SEED = 987_654_321
SIZES = ("640x360", "360x640", "480x480")


@dataclass(frozen=True, slots=True)
class Thing:
    """One shape, and what it does."""

    colour: str
    shape: str
    motion: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One pair, and what a film of it must show."""

    prompt: str
    seed: int
    size: str
    ground: str
    things: tuple[Thing, ...]


def pairs(count: int) -> list[Asked]:
    """Of one shape: as many of every motion, each of them in every size, all else by chance."""
    chance = random.Random(SEED)  # noqa: S311
    drawn = draw(600 * count, torch.Generator().manual_seed(SEED), two=0.0)
    found: list[Asked] = []
    for asked in _asked(drawn[held_out(drawn)], chance):
        if asked.things[0].motion == MOTIONS[len(found) % len(MOTIONS)]:
            found.append(replace(asked, size=SIZES[len(found) // len(MOTIONS) % len(SIZES)]))
            if len(found) == count:
                break
    return found


def pairs_of_two(count: int) -> list[Asked]:
    """Of two shapes, as they come."""
    chance = random.Random(SEED + 1)  # noqa: S311
    drawn = draw(60 * count, torch.Generator().manual_seed(SEED + 1), two=1.0)
    asked = islice(_asked(drawn[held_out(drawn)], chance), count)
    return [replace(one, size=SIZES[place % len(SIZES)]) for place, one in enumerate(asked)]


def _asked(drawn: Scenes, chance: random.Random) -> Iterator[Asked]:
    """Scenes whose captions leave nothing out."""
    for index in range(len(drawn)):
        prompt, (ground, things) = caption(drawn, index, chance), shown(drawn, index)
        if _says(prompt, ground, things):
            yield Asked(prompt, chance.randrange(2**63), SIZES[0], ground, things)


def shown(drawn: Scenes, index: int) -> tuple[str, tuple[Thing, ...]]:
    """The ground's colour and the things of a scene."""
    names = tuple(COLOURS)
    things = tuple(
        Thing(
            colour=names[int(drawn.colour[index, slot])],
            shape=SHAPES[int(drawn.shape[index, slot])],
            motion=MOTIONS[int(drawn.motion[index, slot])],
        )
        for slot in range(MOST)
        if bool(drawn.present[index, slot])
    )
    return names[int(drawn.ground[index])], things


def _says(prompt: str, ground: str, things: tuple[Thing, ...]) -> bool:
    """Whether every colour is named, and every motion as often as things move so: one phrase speaks for one thing."""
    words = set(prompt.replace(",", "").split())
    colours = [ground, *(thing.colour for thing in things)]
    motions = Counter(thing.motion for thing in things)
    return all(words & set(COLOUR_WORDS.get(name, (name,))) for name in colours) and all(
        _said(prompt, motion) == often for motion, often in motions.items()
    )


def _said(prompt: str, motion: str) -> int:
    """How often. The longest phrases are looked for first: "standing still" is one phrase, not two."""
    phrases = sorted(set(MOTION_WORDS[motion]), key=len, reverse=True)
    return len(re.findall(rf"\b({'|'.join(phrases)})\b", prompt))
