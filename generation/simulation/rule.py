"""generation/fairness.py once more, in plain Python over plain rows. Its constants are imported, never repeated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generation.fairness import AGEING, RECENT

AGEING_SECONDS = AGEING.total_seconds()
RECENT_SECONDS = RECENT.total_seconds()


@dataclass(frozen=True, slots=True)
class Row:
    """One generation, as far as the order asks. Times in seconds."""

    id: Any  # comparable
    artist: Hashable
    model: str
    position: int
    take: int
    created: float
    started: float | None = None  # of the latest attempt
    state: str = "queued"  # or "running", or "ended"
    is_held: bool = False

    @property
    def is_waiting(self) -> bool:
        return self.state == "queued" and not self.is_held

    @property
    def has_begun(self) -> bool:
        return self.started is not None and self.state != "queued"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a participant's cohort gives them."""

    cohort: Hashable
    weight: int
    max_running: int
    max_running_together: int | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """Somebody's next generation and its turn; also what `fairness.warm_first` asks of a head."""

    row: Row
    turn: float

    @property
    def head_model(self) -> str:
        return self.row.model


def heads(
    rows: Sequence[Row], limits: Mapping[Hashable, Limits], *, moment: float, left_out: Collection[str] = ()
) -> list[Head]:
    """As `fairness.heads_in_order`: everybody's next generation that may start, the fairest first."""
    mine = _by_artist(rows)
    together: defaultdict[Hashable, int] = defaultdict(int)
    for row in rows:
        together[limits[row.artist].cohort] += row.state == "running"
    found = []
    for artist, own in mine.items():
        limit = limits[artist]
        waiting = [row for row in own if row.is_waiting and row.model not in left_out]
        is_full = limit.max_running_together is not None and together[limit.cohort] >= limit.max_running_together
        if not waiting or is_full or sum(row.state == "running" for row in own) >= limit.max_running:
            continue
        first = min(waiting, key=lambda row: (row.position, row.take))
        turn = (_served(own, moment) + 1) / limit.weight - _turns_waited(own, first, moment)
        found.append(Head(first, turn))
    return sorted(found, key=lambda head: (head.turn, head.row.created, head.row.id))


def queue(rows: Sequence[Row], limits: Mapping[Hashable, Limits], *, moment: float) -> list[Head]:
    """As `fairness.eligible_in_order`: everything that waits, with its turn, the fairest first."""
    found = []
    for artist, own in _by_artist(rows).items():
        served = _served(own, moment)
        waiting = sorted((row for row in own if row.is_waiting), key=lambda row: (row.position, row.take))
        for place, row in enumerate(waiting, start=1):
            waited = _turns_waited(own, row, moment) if place == 1 else 0.0
            found.append(Head(row, (served + place) / limits[artist].weight - waited))
    return sorted(found, key=lambda head: (head.turn, head.row.created, head.row.id))


def _by_artist(rows: Sequence[Row]) -> dict[Hashable, list[Row]]:
    mine: dict[Hashable, list[Row]] = {}
    for row in rows:
        mine.setdefault(row.artist, []).append(row)
    return mine


def _served(own: Sequence[Row], moment: float) -> int:
    lately = sum(
        row.has_begun and row.state != "running" and (row.started or 0.0) >= moment - RECENT_SECONDS for row in own
    )
    return lately + sum(row.state == "running" for row in own)


def _turns_waited(own: Sequence[Row], first: Row, moment: float) -> float:
    last_start = max((row.started or 0.0 for row in own if row.has_begun), default=first.created)
    return (moment - max(first.created, last_start)) / AGEING_SECONDS
