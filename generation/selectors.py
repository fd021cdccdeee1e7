"""Reads that pages and the API share: an artist's generations, and how long those that wait will wait."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from uuid import UUID

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import Participant
from common.clock import now
from generation import catalogue, long_queue
from generation.fairness import IS_WAITING, eligible_in_order
from generation.models import Attempt, Generation, Worker
from generation.states import AttemptState, GenerationState, WorkerState
from generation.waits import Crew, Hand, Underway, Wait, Waiting, by_model, expected
from quotas.models import EntryKind, LedgerEntry

WORKER_SILENT = timedelta(seconds=60)  # four missed heartbeats: whoever is silent for longer is not counted on
MEASURED = 200  # latest completed attempts: enough for quartiles, few enough to follow a change of hardware
LONG = 500  # with more than this waiting, nobody reads the whole queue to tell one artist their place


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a generation stands: 1 is next. The expected wait until it starts, most likely about `expected_seconds`
    and between the other two, is None while it cannot be known.
    """

    place: int
    expected_seconds: int | None
    low_seconds: int | None = None
    high_seconds: int | None = None


def for_participant(participant: Participant) -> QuerySet[Generation]:
    """The participant's generations, newest first, each with `refund`."""
    return with_refund(Generation.objects.filter(participant=participant)).order_by("-id")


def with_refund(generations: QuerySet[Generation]) -> QuerySet[Generation]:
    """Adds `refund`: the credits that the ledger gave back for each."""
    released = LedgerEntry.objects.filter(reservation=OuterRef("pk"), kind=EntryKind.RELEASE).values("credits")
    return generations.annotate(refund=Coalesce(Subquery(released, output_field=IntegerField()), 0))


def queue_view(generations: Iterable[Generation]) -> dict[UUID, QueuePlace]:
    """Place and expected wait of those among `generations` that wait and are not held. Five queries, or none when none
    waits; a long queue is never read row by row.
    """
    asked = {one.pk: one for one in generations if one.state == GenerationState.QUEUED and one.held_at is None}
    if not asked:
        return {}
    if Generation.objects.filter(IS_WAITING)[: LONG + 1].count() > LONG:
        summary = long_queue.summary(lambda: _crew(now()))
        return {pk: _told(*found) for pk, found in long_queue.places(list(asked.values()), summary).items()}
    rows = eligible_in_order().values_list(
        *("pk", "model_key", "price", "participant", "participant__cohort"),
        *("participant__cohort__max_running", "participant__cohort__max_running_together"),
    )
    queue = [Waiting(pk, key, price, _limits(key, *whose[:4])) for pk, key, price, *whose in rows]
    crew = _crew(now())
    waits = expected(queue, crew, asked)
    return {
        waiting.id: _told(place, waits.get(waiting.id))
        for place, waiting in enumerate(queue, start=1)
        if waiting.id in asked
    }


def _told(place: int, wait: Wait | None) -> QueuePlace:
    if wait is None:
        return QueuePlace(place, None)
    return QueuePlace(place, round(wait.middle), round(wait.low), round(wait.high))


def _limits(
    model_key: str, participant: UUID, cohort: UUID, most: int, together: int | None
) -> tuple[tuple[object, int], ...]:
    entry = catalogue.get(model_key)
    limits: list[tuple[object, int]] = [(participant, most)]
    if together is not None:
        limits.append((cohort, together))
    if entry is not None and entry.max_running:
        limits.append((model_key, entry.max_running))
    return tuple(limits)


def _crew(moment: datetime) -> Crew:
    """Three queries: the workers at work, what was measured, and what runs."""
    live = Worker.objects.filter(
        stopped_at__isnull=True, state=WorkerState.ACTIVE, last_seen_at__gte=moment - WORKER_SILENT
    )
    workers = {pk: frozenset(keys) for pk, keys in live.values_list("pk", "model_keys")}
    finished = Attempt.objects.filter(state=AttemptState.COMPLETED, ended_at__isnull=False).order_by("-id")
    measured = finished.values_list("worker", "generation__model_key", "generation__price", "started_at", "ended_at")
    pace = by_model(
        (key, worker in workers, (ended - started).total_seconds() / max(price, 1))
        for worker, key, price, started, ended in measured[:MEASURED]
        if ended is not None
    )
    running = Attempt.objects.filter(state=AttemptState.RUNNING).values_list(
        *("worker", "generation__model_key", "generation__price", "started_at"),
        *("generation__participant", "generation__participant__cohort"),
    )
    free_in, underway = dict.fromkeys(workers, 0.0), []
    for worker, key, price, started, participant, cohort in running:
        known = pace.get(key)
        left = known.middle * max(price, 1) - (moment - started).total_seconds() if known else inf
        left = max(left, 0.0)
        underway.append(Underway(left, (participant, cohort, key)))
        if worker in free_in:
            free_in[worker] = max(free_in[worker], left)
    hands = [Hand(free_in[worker], keys) for worker, keys in workers.items() if free_in[worker] != inf]
    return Crew(hands, underway, pace)
