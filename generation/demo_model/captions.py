"""The words for a scene, in several phrasings; and the vocabulary, which is all that the demo model understands."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from generation.demo_model.scenes import COLOURS, MOST, MOTIONS, SHAPES, Scenes

LONGEST = 28  # words of a prompt that are read, unknown ones not counted

SHAPE_WORDS = {
    "circle": ("circle", "circle", "circle", "disc", "ball"),
    "square": ("square", "square", "square", "box"),
    "triangle": ("triangle",),
    "star": ("star",),
    "ring": ("ring", "ring", "ring", "donut"),
}
COLOUR_WORDS = {
    "cyan": ("cyan", "cyan", "turquoise"),
    "grey": ("grey", "gray"),
    "purple": ("purple", "purple", "violet"),
}
MOTION_WORDS = {
    "still": ("standing still", "still", "not moving", "resting"),
    "left": (
        *("moving left", "moving left", "moving to the left"),
        *("going left", "drifting left", "from right to left"),
    ),
    "right": (
        "moving right",
        "moving right",
        "moving to the right",
        "going right",
        "drifting right",
        "from left to right",
    ),
    "up": ("moving up", "moving up", "moving upwards", "going up", "rising"),
    "down": ("moving down", "moving down", "moving downwards", "going down", "falling", "sinking"),
    "growing": ("growing", "growing", "getting bigger", "getting larger"),
    "shrinking": ("shrinking", "shrinking", "getting smaller"),
    "spinning": ("spinning", "spinning", "rotating", "turning"),
    "bouncing": ("bouncing", "bouncing", "jumping", "bouncing up and down"),
}
GROUND_WORDS = ("background", "background", "background", "ground", "backdrop")
# What one leaves out of a caption is the model's to choose.
UNSAID_GROUND, UNSAID_COLOUR, UNSAID_MOTION = 0.08, 0.04, 0.08


ARTICLES = {"a", "an", "the"}


def _vocabulary() -> tuple[str, ...]:
    said = [*COLOURS, *GROUND_WORDS, "on", "and", "with", "in", "front", "of", "over"]
    for words in (*SHAPE_WORDS.values(), *COLOUR_WORDS.values(), *MOTION_WORDS.values()):
        said += " ".join(words).split()
    # The articles say nothing here; without them a binding of colour and shape is two words that follow each other.
    return tuple(sorted(set(said) - ARTICLES))


WORDS = _vocabulary()
PAD = 0
_IDS = {word: number for number, word in enumerate(WORDS, start=1)}


def words_of(prompt: str) -> list[str]:
    """The prompt's words, in small letters, without signs."""
    return re.findall(r"[^\W\d_]+", prompt.lower())


def tokens(prompt: str) -> list[int]:
    """The numbers of the known words, in order; LONGEST at most, unknown words left out."""
    return [_IDS[word] for word in words_of(prompt) if word in _IDS][:LONGEST]


def unknown_words(prompt: str) -> list[str]:
    """The words that the model does not know and ignores, articles aside; each once, in order."""
    return [word for word in dict.fromkeys(words_of(prompt)) if word not in _IDS and word not in ARTICLES]


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
