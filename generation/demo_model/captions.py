"""The words for a scene, in several phrasings."""

from __future__ import annotations

import random
from collections.abc import Sequence

from generation.demo_model.scenes import MOST, Scenes
from generation.demo_model.vocabulary import (
    COLOUR_WORDS,
    COLOURS,
    GROUND_WORDS,
    MOTION_WORDS,
    MOTIONS,
    SHAPE_WORDS,
    SHAPES,
)

# What one leaves out of a caption is the model's to choose.
UNSAID_GROUND, UNSAID_COLOUR, UNSAID_MOTION = 0.08, 0.04, 0.08


def caption(scenes: Scenes, index: int, chance: random.Random) -> str:
    """One caption of one scene."""
    slots = [slot for slot in range(MOST) if bool(scenes.present[index, slot])]
    chance.shuffle(slots)
    things = [_thing(scenes, index, slot, chance) for slot in slots]
    joined = chance.choice((" and ", " and ", " with ", ", ")).join(things)
    ground = f"{_colour(int(scenes.ground[index]), chance)} {chance.choice(GROUND_WORDS)}"
    if chance.random() < UNSAID_GROUND:
        return joined
    article = "an" if ground[0] in "aeiou" else "a"
    return chance.choice(
        (
            f"{joined} on {article} {ground}",
            f"{joined} on {article} {ground}",
            f"{joined}, {ground}",
            f"{joined} in front of {article} {ground}",
            f"on {article} {ground}, {joined}",
            f"{article} {ground} with {joined}",
        )
    )


def _thing(scenes: Scenes, index: int, slot: int, chance: random.Random) -> str:
    shape = chance.choice(SHAPE_WORDS[SHAPES[int(scenes.shape[index, slot])]])
    kind = MOTIONS[int(scenes.motion[index, slot])]
    motion = "" if chance.random() < UNSAID_MOTION else chance.choice(MOTION_WORDS[kind])
    colour = "" if chance.random() < UNSAID_COLOUR else _colour(int(scenes.colour[index, slot]), chance)
    named: Sequence[str] = [colour, shape]
    order = [motion, *named] if motion and " " not in motion and chance.random() < 0.35 else [*named, motion]
    text = " ".join(word for word in order if word)
    return f"{'an' if text[0] in 'aeiou' else 'a'} {text}"


def _colour(number: int, chance: random.Random) -> str:
    name = tuple(COLOURS)[number]
    return chance.choice(COLOUR_WORDS.get(name, (name,)))
