"""Turns plain text into what a reading page shows: headings, paragraphs, lists. No markup, so nothing to escape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

BULLET = re.compile(r"^[-*•]\s+")
HEADING_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a text: kind is "heading", "paragraph" or "list"."""

    kind: str
    lines: tuple[str, ...]


def blocks(text: str) -> Iterator[Block]:
    """The pieces between blank lines. A short line without a full stop is a heading; lines after dashes are a list."""
    for piece in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        lines = tuple(line.strip() for line in piece.splitlines() if line.strip())
        if not lines:
            continue
        if all(BULLET.match(line) for line in lines):
            yield Block("list", tuple(BULLET.sub("", line) for line in lines))
        elif len(lines) == 1 and _is_heading(lines[0]):
            yield Block("heading", (lines[0].lstrip("# "),))
        else:
            yield Block("paragraph", (" ".join(lines),))


def _is_heading(line: str) -> bool:
    return line.startswith("# ") or (len(line) <= HEADING_LENGTH and line[-1] not in ".,;:!?…")
