"""The place in a long queue, from one row a participant instead of all that wait.

How many of somebody's generations stand before a turn follows from three numbers of theirs (fairness.py): how many were
served, how many wait, and the turn of the first one. These are read once in FRESH seconds for everybody who asks;
whoever has come since then is read by themselves. The wait is a range (flow.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Sum

from generation import catalogue
from generation.fairness import IS_WAITING, lines_of
from generation.flow import Ahead, Asked, wait_of
from generation.models import Generation
from generation.waits import Crew, Pace, Wait

FRESH = 10  # seconds
KEY = "long-queue-lines"


@dataclass(frozen=True, slots=True)
class Line:
    """Those of one participant that wait."""

    served: float
    weight: int
    head_turn: float
    cohort: UUID
    most: int  # may run at once
    together: int | None  # of the whole cohort
    counts: Mapping[str, int] = field(default_factory=dict)  # by model
    seconds: Mapping[str, float] = field(default_factory=dict)  # of work, by model, at the middle pace

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def turn(self, position: int) -> float:
        return self.head_turn if position == 1 else (self.served + position) / self.weight

    def before(self, turn: float) -> int:
        """How many of them have a lower turn."""
        if self.head_turn >= turn:
            return 0
        return 1 + max(0, min(self.count, ceil(turn * self.weight - self.served) - 1) - 1)


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole queue, and those who work at it."""

    lines: dict[UUID, Line]
    crew: Crew


def summary(crew_of: Callable[[], Crew]) -> Summary:
    """As it was at most FRESH seconds ago."""
    found: Summary | None = cache.get(KEY)
    if found is None:
        found = _read(crew_of())
        cache.set(KEY, found, FRESH)
    return found


def places(asked: Sequence[Generation], found: Summary) -> dict[UUID, tuple[int, Wait | None]]:
    """Place and wait of each: one query, for what else their own participants have in the queue; and one more when any
    of those had nothing in it when the summary was made.
    """
    mine: dict[UUID, list[UUID]] = defaultdict(list)
    own = Generation.objects.filter(IS_WAITING, participant__in={one.participant_id for one in asked})
    sums = []
    for participant, pk, key, price in own.order_by("position", "take").values_list(
        *("participant", "pk", "model_key", "price")
    ):
        mine[participant].append(pk)
        sums.append((participant, key, 1, price))
    if new := mine.keys() - found.lines.keys():
        theirs = _lines(lines_of().filter(pk__in=new), sums, found.crew)
        found = Summary(found.lines | theirs, found.crew)
    answer = {}
    for one in asked:
        if one.participant_id not in found.lines or one.pk not in mine[one.participant_id]:
            continue  # it has gone since it was read
        position = mine[one.participant_id].index(one.pk) + 1
        answer[one.pk] = _place(one, position, found)
    return answer


def _place(one: Generation, position: int, found: Summary) -> tuple[int, Wait | None]:
    mine = found.lines[one.participant_id]
    turn, ahead = mine.turn(position), []
    for other, line in found.lines.items():
        count = position - 1 if other == one.participant_id else line.before(turn)
        if count:
            share = count / line.count
            seconds = {key: share * whole for key, whole in line.seconds.items()}
            ahead.append(Ahead(other, line.cohort, line.most, count, seconds))
    entry = catalogue.get(one.model_key)
    asked = Asked(
        model_key=one.model_key,
        participant=one.participant_id,
        cohort=mine.cohort,
        most=mine.most,
        together=mine.together,
        most_of_model=entry.max_running if entry is not None else 0,
    )
    return sum(line.count for line in ahead) + 1, wait_of(asked, ahead, found.crew)


def _read(crew: Crew) -> Summary:
    waiting = Generation.objects.filter(IS_WAITING).order_by().values_list("participant", "model_key")
    sums = waiting.annotate(count=Count("pk"), credits=Sum("price"))
    return Summary(_lines(lines_of(), sums, crew), crew)


def _lines(
    rows: Iterable[tuple[UUID, float, int, float, UUID, int, int | None]],
    sums: Iterable[tuple[UUID, str, int, int]],
    crew: Crew,
) -> dict[UUID, Line]:
    """From rows of `lines_of`, and (participant, model, how many, credits) of what waits."""
    seconds: dict[UUID, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    counts: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    usual = _usual(crew.pace)
    for participant, key, count, credits in sums:
        pace = crew.pace[key].middle if key in crew.pace else usual
        counts[participant][key] += count
        seconds[participant][key] += credits * pace
    return {
        participant: Line(
            served, weight, turn, cohort, most, together, dict(counts[participant]), dict(seconds[participant])
        )
        for participant, served, weight, turn, cohort, most, together in rows
        if participant in counts
    }


def _usual(pace: Mapping[str, Pace]) -> float:
    """For a model that was never measured: as long as the others take; nobody knows when none was."""
    return sum(one.middle for one in pace.values()) / len(pace) if pace else float("inf")
