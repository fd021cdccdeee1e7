"""Reads for admins: what each worker does, how long each stage takes by model, how often each worker fails."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from uuid import UUID

from django.db.models import Count, Q

from common.clock import now
from generation.models import Attempt, Generation, Worker
from generation.progress import Stage
from generation.services.faults import IS_FAULT
from generation.states import AttemptState

LATEST = 500  # completed attempts: enough for medians, few enough for a page
DAY = timedelta(days=1)
STAGES = ("wait", *(stage.value for stage in Stage))


@dataclass(slots=True)
class WorkerFacts:
    """What a worker does and did."""

    running: list[Generation] = field(default_factory=list)
    seconds_a_step: float | None = None
    faults: int = 0  # within a day
    attempts: int = 0  # that ended within a day


def worker_facts(workers: Iterable[Worker]) -> dict[UUID, WorkerFacts]:
    """The facts of each, in three queries."""
    facts = {worker.pk: WorkerFacts() for worker in workers}
    mine = Attempt.objects.filter(worker__in=facts)
    for attempt in mine.filter(state=AttemptState.RUNNING).select_related("generation").order_by("id"):
        facts[attempt.worker_id].running.append(attempt.generation)
    ended = mine.filter(ended_at__gte=now() - DAY).order_by()
    for row in ended.values("worker").annotate(all=Count("pk"), faults=Count("pk", filter=IS_FAULT)):
        facts[row["worker"]].faults, facts[row["worker"]].attempts = row["faults"], row["all"]
    steps: dict[UUID, list[float]] = defaultdict(list)
    done = mine.filter(state=AttemptState.COMPLETED).order_by("-id").values_list("worker", "timings", "settings")
    for worker, timings, settings in done[:LATEST]:
        if "denoise" in timings and settings.get("steps"):
            steps[worker].append(timings["denoise"] / settings["steps"])
    for worker, seconds in steps.items():
        facts[worker].seconds_a_step = median(seconds)
    return facts


@dataclass(frozen=True, slots=True)
class ModelTimes:
    """The medians of one model's latest attempts."""

    model_key: str
    attempts: int
    medians: dict[str, float]  # by stage, `wait` included
    peak_mib: int | None  # the most memory that any of them used

    @property
    def working(self) -> float:
        """Seconds of all stages but the wait."""
        return sum(seconds for stage, seconds in self.medians.items() if stage != "wait")

    @property
    def cells(self) -> list[float | None]:
        """The medians in the order of STAGES."""
        return [self.medians.get(stage) for stage in STAGES]


def stage_times() -> list[ModelTimes]:
    """Of each model that completed anything lately, the slowest first. One query."""
    measured: dict[str, list[tuple[dict[str, float], int | None]]] = defaultdict(list)
    completed = Attempt.objects.filter(state=AttemptState.COMPLETED).order_by("-id")
    for key, timings, peak in completed.values_list("generation__model_key", "timings", "peak_memory_mib")[:LATEST]:
        measured[key].append((timings, peak))
    times = [
        ModelTimes(
            model_key=key,
            attempts=len(rows),
            medians=_medians([timings for timings, _peak in rows]),
            peak_mib=max((peak for _timings, peak in rows if peak is not None), default=None),
        )
        for key, rows in measured.items()
    ]
    return sorted(times, key=lambda one: -one.working)


def _medians(timings: Sequence[dict[str, float]]) -> dict[str, float]:
    return {
        stage: median(one[stage] for one in timings if stage in one)
        for stage in STAGES
        if any(stage in one for one in timings)
    }


@dataclass(frozen=True, slots=True)
class WorkerFaults:
    """How often attempts of a worker failed within a day."""

    name: str
    faults: int
    attempts: int


def faults_by_worker() -> list[WorkerFaults]:
    """Of each worker that ended anything within a day, by name; most faults first."""
    ended = Attempt.objects.filter(~Q(state=AttemptState.RUNNING), ended_at__gte=now() - DAY).order_by()
    rows = ended.values("worker__name").annotate(all=Count("pk"), faults=Count("pk", filter=IS_FAULT))
    found = [WorkerFaults(row["worker__name"], row["faults"], row["all"]) for row in rows]
    return sorted(found, key=lambda one: (-one.faults, one.name))
