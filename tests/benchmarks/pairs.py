"""Ratios of interleaved pairs: what else the machine does meanwhile falls on both sides."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pairs:
    """Seconds of `ours` and `theirs`, pair by pair."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """Ours ÷ theirs, of each pair."""
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def spread(self) -> str:
        return f"{min(self.ratios):.2f} to {max(self.ratios):.2f} in {len(self.ratios)} pairs"


def measure(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    pairs: int,
    warm_up: bool = True,
    before: Callable[[], object] = lambda: None,
) -> Pairs:
    """Run both once to warm up, then in pairs, each time the other one first. `before` each turn no clock runs."""
    if warm_up:
        ours()
        theirs()
    seconds: dict[Callable[[], object], list[float]] = {ours: [], theirs: []}
    for number in range(pairs):
        for side in (ours, theirs) if number % 2 else (theirs, ours):
            before()
            started = time.perf_counter()
            side()
            seconds[side].append(time.perf_counter() - started)
    return Pairs(ours=tuple(seconds[ours]), theirs=tuple(seconds[theirs]))
