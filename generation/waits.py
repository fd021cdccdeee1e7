"""How long until each starts: the queue played forward on the workers that there are. Nothing here reads the database.

Times are seconds from now. A wait that cannot be known (no worker runs the model, or it was never measured) is absent.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import count
from math import inf, isinf
from statistics import quantiles
from uuid import UUID

# However alike the measured times are, others come and go: no narrower range is told.
LEAST_LOW, LEAST_HIGH = 0.8, 1.25


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds a credit of one model: the quartiles of what was measured."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """One that waits. `limits` are the caps that it counts to: what is counted, and how many of it may run."""

    id: UUID
    model_key: str
    price: int
    limits: tuple[tuple[Hashable, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Hand:
    """One worker: when it is free, and which models it runs (none named: all)."""

    free_in: float
    model_keys: frozenset[str] = frozenset()

    def runs(self, model_key: str) -> bool:
        return not self.model_keys or model_key in self.model_keys


@dataclass(frozen=True, slots=True)
class Underway:
    """One that renders: when it ends, and what it counts to until then."""

    ends_in: float
    counts_to: tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Crew:
    """Who is at work, on what, and how fast each model goes."""

    hands: Sequence[Hand]
    underway: Sequence[Underway]
    pace: Mapping[str, Pace]


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait as it may be told: between `low` and `high`, most likely about `middle`."""

    low: float
    middle: float
    high: float


def pace_of(measured: Sequence[float]) -> Pace:
    """Of at least one measured time a credit."""
    if len(measured) == 1:
        return Pace(measured[0], measured[0], measured[0])
    low, middle, high = quantiles(measured, n=4, method="inclusive")
    return Pace(low, middle, high)


def spread(low: float, middle: float, high: float) -> Wait:
    return Wait(min(low, middle * LEAST_LOW), middle, max(high, middle * LEAST_HIGH))


def expected(queue: Sequence[Waiting], crew: Crew, asked: Collection[UUID]) -> dict[UUID, Wait]:
    """The waits of those in `asked`, from three games: with the quick times, the middle ones and the slow ones."""
    low, middle, high = (
        _starts(queue, crew, {key: getattr(pace, name) for key, pace in crew.pace.items()}, asked)
        for name in ("low", "middle", "high")
    )
    return {pk: spread(low.get(pk, wait), wait, high.get(pk, wait)) for pk, wait in middle.items()}


def _starts(
    queue: Sequence[Waiting],
    crew: Crew,
    pace: Mapping[str, float],
    asked: Collection[UUID],
) -> dict[UUID, float]:
    """Whoever is free takes the first one that it runs and that no cap holds back; then the next one is free."""
    pending = list(queue)
    free = [(hand.free_in, number) for number, hand in enumerate(crew.hands)]
    heapify(free)
    # What ends at the same moment, or never, is told apart by a number: names are not to be compared.
    numbers = count()
    ends = [(one.ends_in, next(numbers), one.counts_to) for one in crew.underway]
    heapify(ends)
    running: Counter[Hashable] = Counter(name for one in ends for name in one[2])
    starts: dict[UUID, float] = {}
    while free and pending and len(starts) < len(asked):
        moment, number = heappop(free)
        while ends and ends[0][0] <= moment:
            running.subtract(heappop(ends)[2])
        hand = crew.hands[number]
        place = next(
            (place for place, one in enumerate(pending) if hand.runs(one.model_key) and _may(one, running)), None
        )
        if place is None:
            # Until somebody ends, this one has nothing to do.
            if ends and not isinf(ends[0][0]):
                heappush(free, (ends[0][0], number))
            continue
        one = pending.pop(place)
        if one.id in asked:
            starts[one.id] = moment
        end = moment + pace.get(one.model_key, inf) * max(one.price, 1)
        names = tuple(name for name, _most in one.limits)
        running.update(names)
        heappush(ends, (end, next(numbers), names))
        if not isinf(end):
            heappush(free, (end, number))
    return starts


def _may(one: Waiting, running: Mapping[Hashable, int]) -> bool:
    return all(running[name] < most for name, most in one.limits)


def by_model(measured: Iterable[tuple[str, bool, float]]) -> dict[str, Pace]:
    """The pace of each model, from (model, whether its worker is at work now, seconds a credit): those of the workers
    at work, as far as there are any.
    """
    found: dict[str, dict[bool, list[float]]] = defaultdict(lambda: {True: [], False: []})
    for model_key, is_live, seconds in measured:
        found[model_key][is_live].append(seconds)
    return {model_key: pace_of(times[True] or times[False]) for model_key, times in found.items()}
