"""Nearly every move that is written to the audit log, in the order in which a programme may come to it.

A chapter is a generator: it yields a move and is given what the move returned. Whatever it does without yielding only
prepares the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from tests.invariants.moves import desk, house, quality, review

Chapter = Callable[[], Generator[partial[Any], Any, None]]
CHAPTERS: tuple[Chapter, ...] = (*house.CHAPTERS, *review.CHAPTERS, *desk.CHAPTERS, *quality.CHAPTERS)
