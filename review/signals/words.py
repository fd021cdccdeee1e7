"""A prompt in pieces: a long one says many things, of which one may matter."""

from __future__ import annotations

import re

MOST_PIECES = 12
_END = re.compile(r"(?<=[.!?;\n])\s+")


def sentences(text: str) -> list[str]:
    """The whole text first, then its sentences if it has several."""
    pieces = [piece.strip() for piece in _END.split(text.strip()) if piece.strip()]
    return [text.strip(), *(pieces[:MOST_PIECES] if len(pieces) > 1 else [])]
