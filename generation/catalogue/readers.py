"""Readers of one value each: they return it typed, or raise ValueError with what it must be."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from decimal import Decimal
from typing import Any

Reader = Callable[[object], Any]


def shown(raw: object) -> str:
    """A value as an error may quote it."""
    return str(raw) if isinstance(raw, Decimal) else repr(raw)


def text(raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("a text that is not empty")
    return raw


def text_or_nothing(raw: object) -> str:
    if not isinstance(raw, str):
        raise ValueError("a text, which may be empty")
    return raw


def truth(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ValueError("true or false")
    return raw


def pattern(pattern: str, meaning: str) -> Callable[[object], str]:
    def read(raw: object) -> str:
        if not isinstance(raw, str) or not re.fullmatch(pattern, raw):
            raise ValueError(meaning)
        return raw

    return read


def one_of(choices: Collection[str]) -> Callable[[object], str]:
    def read(raw: object) -> str:
        if not isinstance(raw, str) or raw not in choices:
            raise ValueError(f"one of {', '.join(choices)}")
        return raw

    return read


def whole(low: int, high: int) -> Callable[[object], int]:
    def read(raw: object) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool) or not low <= raw <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return raw

    return read


def number(low: str, high: str) -> Callable[[object], Decimal]:
    def read(raw: object) -> Decimal:
        fits = isinstance(raw, int | Decimal) and not isinstance(raw, bool)
        # Not-a-number compares with nothing, so it must be caught before the range.
        if not fits or not Decimal(raw).is_finite() or not Decimal(low) <= Decimal(raw) <= Decimal(high):  # type: ignore[arg-type]
            raise ValueError(f"a number from {low} to {high}")
        return Decimal(raw)  # type: ignore[arg-type]

    return read


def fraction(low: str, high: str) -> Callable[[object], float]:
    """A number that only engines calculate with."""
    exact = number(low, high)
    return lambda raw: float(exact(raw))


def several(read: Reader, meaning: str) -> Callable[[object], tuple[Any, ...]]:
    def read_all(raw: object) -> tuple[Any, ...]:
        if not isinstance(raw, list) or not raw:
            raise ValueError(f"a list of {meaning}, at least one")
        values = tuple(read(item) for item in raw)
        if len(set(values)) != len(values):
            raise ValueError("a list without repeats")
        return values

    return read_all


def size(raw: object) -> str:
    match = re.fullmatch(r"([1-9]\d{1,3})x([1-9]\d{1,3})", raw) if isinstance(raw, str) else None
    sides = [int(side) for side in match.groups()] if match else []
    # yuv420p halves both sides, so odd ones cannot be delivered exactly.
    if not match or any(side % 2 or not 64 <= side <= 4096 for side in sides):
        raise ValueError('a list of "WIDTHxHEIGHT", both even and from 64 to 4096 pixels')
    return match.group()


# A path below some folder: no way out of it, and nothing hidden.
FOLDER = r"(?!.*\.\.)[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*"
