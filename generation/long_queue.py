"""The place in a long queue, from one row a participant instead of all that wait.

How many of somebody's generations stand before a turn follows from three numbers of theirs (fairness.py): how many were
served, how many wait, and the turn of the first one. These are read once in FRESH seconds for everybody who asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from uuid import UUID

from django.core.cache import cache
from django.db.models import Count, Sum

from generation.fairness import IS_WAITING, lines_of
from generation.models import Generation
from generation.waits import Crew, Pace, Wait, spread

FRESH = 10  # seconds
UNSURE = (0.7, 1.4)  # caps, pools and newcomers are left out of the sum: so much less, or more


@dataclass(frozen=True, slots=True)
class Line:
    """Those of one participant that wait."""

    served: float
    weight: int
    head_turn: float
    count: int
    seconds: float  # of work, all of them together, at the middle pace

    def turn(self, position: int) -> float:
        return self.head_turn if position == 1 else (self.served + position) / self.weight

    def before(self, turn: float) -> int:
        """How many of them have a lower turn."""
        if self.head_turn >= turn:
            return 0
        return 1 + max(0, min(self.count, ceil(turn * self.weight - self.served) - 1) - 1)


@dataclass(frozen=True, slots=True)
class Summary:
    """The whole queue, and those who work at it: how many, and how many seconds they are busy until they begin."""

    lines: dict[UUID, Line]
    workers: int
    busy: float


def summary(crew_of: Callable[[], Crew]) -> Summary:
    """As it was at most FRESH seconds ago."""
    found: Summary | None = cache.get("long-queue")
    if found is None:
        found = _read(crew_of())
        cache.set("long-queue", found, FRESH)
    return found


def places(asked: Sequence[Generation], found: Summary) -> dict[UUID, tuple[int, Wait | None]]:
    """Place and wait of each: one query, for what else their own participants have in the queue."""
    mine: dict[UUID, list[UUID]] = defaultdict(list)
    own = Generation.objects.filter(IS_WAITING, participant__in={one.participant_id for one in asked})
    for participant, pk in own.order_by("position", "take").values_list("participant", "pk"):
        mine[participant].append(pk)
    answer = {}
    for one in asked:
        line = found.lines.get(one.participant_id)
        if line is None or one.pk not in mine[one.participant_id]:
            continue  # it has come, or gone, since the summary was made
        position = mine[one.participant_id].index(one.pk) + 1
        answer[one.pk] = _place(one.participant_id, position, found)
    return answer


def _place(participant: UUID, position: int, found: Summary) -> tuple[int, Wait | None]:
    turn = found.lines[participant].turn(position)
    ahead, seconds = 0, found.busy
    for other, line in found.lines.items():
        count = position - 1 if other == participant else line.before(turn)
        ahead += count
        seconds += count * line.seconds / line.count
    if not found.workers or seconds == float("inf"):
        return ahead + 1, None
    middle = seconds / found.workers
    return ahead + 1, spread(middle * UNSURE[0], middle, middle * UNSURE[1])


def _read(crew: Crew) -> Summary:
    work: dict[UUID, float] = defaultdict(float)
    counts: dict[UUID, int] = defaultdict(int)
    usual = _usual(crew.pace)
    waiting = Generation.objects.filter(IS_WAITING).order_by().values_list("participant", "model_key")
    for participant, key, count, credits in waiting.annotate(count=Count("pk"), credits=Sum("price")):
        counts[participant] += count
        pace = crew.pace[key].middle if key in crew.pace else usual
        work[participant] += credits * pace
    lines = {
        participant: Line(served, weight, turn, counts[participant], work[participant])
        for participant, served, weight, turn in lines_of()
        if participant in counts
    }
    return Summary(lines, len(crew.hands), sum(hand.free_in for hand in crew.hands))


def _usual(pace: Mapping[str, Pace]) -> float:
    """For a model that was never measured: as long as the others take; nobody knows when none was."""
    return sum(one.middle for one in pace.values()) / len(pace) if pace else float("inf")
