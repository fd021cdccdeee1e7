"""What changed between two wordings, word by word. No ORM."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import NamedTuple


class Piece(NamedTuple):
    """A stretch of text: `same`, `added` or `removed`."""

    kind: str
    text: str


def changes(old: str, new: str) -> list[Piece]:
    """The new wording with what went and what came, in reading order."""
    before, after = (re.findall(r"\s+|[^\s]+", text) for text in (old, new))
    pieces: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", "".join(before[a:b])))
            continue
        if a < b:
            pieces.append(Piece("removed", "".join(before[a:b])))
        if c < d:
            pieces.append(Piece("added", "".join(after[c:d])))
    return pieces
