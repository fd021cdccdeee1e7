"""What the demo model can be told: shapes, motions, colours and the words for them. No torch: pages ask it too."""

from __future__ import annotations

import re
import unicodedata

SHAPES = ("circle", "square", "triangle", "star", "ring")
MOTIONS = ("still", "left", "right", "up", "down", "growing", "shrinking", "spinning", "bouncing")
COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.86, 0.16, 0.16),
    "orange": (0.96, 0.55, 0.11),
    "yellow": (0.97, 0.86, 0.20),
    "green": (0.17, 0.62, 0.25),
    "cyan": (0.20, 0.80, 0.86),
    "blue": (0.15, 0.32, 0.85),
    "purple": (0.50, 0.20, 0.68),
    "pink": (0.97, 0.52, 0.74),
    "white": (0.96, 0.96, 0.94),
    "grey": (0.50, 0.51, 0.53),
    "black": (0.07, 0.07, 0.08),
    "brown": (0.45, 0.27, 0.13),
}
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
ARTICLES = {"a", "an", "the"}
# No caption says it, so the model never learned it, and it counts as unknown. It keeps its place among the words, since
# a word's place is its row in the weights: without it, half of the others would be read as their neighbours.
NEVER_SAID = {"over"}


def _vocabulary() -> tuple[str, ...]:
    said = [*COLOURS, *GROUND_WORDS, "on", "and", "with", "in", "front", "of", *NEVER_SAID]
    for words in (*SHAPE_WORDS.values(), *COLOUR_WORDS.values(), *MOTION_WORDS.values()):
        said += " ".join(words).split()
    # The articles say nothing here; without them a binding of colour and shape is two words that follow each other.
    return tuple(sorted(set(said) - ARTICLES))


WORDS = _vocabulary()  # in the order of the weights
KNOWN = frozenset(WORDS) - NEVER_SAID

PIECE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]+")  # a word, a number, or signs
WORDY_SIGNS = frozenset("&%@#*")  # of all punctuation, what people write instead of words
JOINER = "\u200d"  # between the parts of one emoji


def words_of(prompt: str) -> list[str]:
    """The prompt's words, in small letters, without signs and numbers."""
    return re.findall(r"[^\W\d_]+", prompt.lower())


def ignored_words(prompt: str) -> list[str]:
    """What the model does not read, each once and in order: words it does not know, numbers, symbols, emoji; and known

    words after the LONGEST that it reads. Articles and punctuation go without saying.
    """
    ignored: dict[str, None] = {}
    read = 0
    for piece in PIECE.findall(prompt.lower()):
        if piece in KNOWN:
            read += 1
            if read <= LONGEST:
                continue
        elif piece in ARTICLES:
            continue
        if said := piece if piece.isalnum() else _symbols(piece):
            ignored[said] = None
    return [*ignored]


def is_too_long(prompt: str) -> bool:
    """Whether known words are ignored because LONGEST of them come before."""
    return sum(word in KNOWN for word in words_of(prompt)) > LONGEST


def _symbols(signs: str) -> str:
    """Without punctuation and what cannot be seen; empty where that is all."""
    kept = [sign for sign in signs if sign in WORDY_SIGNS or sign == JOINER or not _is_silent(sign)]
    # Marks belong to a letter or an emoji; alone they are no symbol.
    return "".join(kept) if any(sign != JOINER and unicodedata.category(sign)[0] != "M" for sign in kept) else ""


def _is_silent(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category[0] == "P" or category in {"Cc", "Cf"}
