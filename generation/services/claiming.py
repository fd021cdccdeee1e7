"""How a worker takes the next generation: the fairest one that it may run, no two workers the same, and no cap passed.

The queue is read without locks. Then one statement locks the first of what was read that nobody else is taking at this
moment, with its participant, and the queue is looked at again for that participant alone: what holds under the lock
holds when it commits, since every claim for that participant needs the same lock (and one of the cohort or of the
model, where those have a cap). Lock order: participant and generation (never waited for), cohort, model; the audit
chain last.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID
from zlib import crc32

from django.db import connection, models, transaction

from accounts.models import Cohort, Participant
from common.clock import now
from generation import catalogue
from generation.fairness import IS_WAITING, heads_in_order, warm_first
from generation.models import Attempt, Generation, Worker
from generation.services.attempts import lease_end, move, record_step
from generation.services.faults import kept_from, works_by_itself
from generation.services.switches import what_is_on
from generation.states import GenerationState, WorkerState

TRIED = 32  # heads that a claim tries; as many workers can be claiming at once before one has to wait for another
ROUNDS = 20  # looks at the queue, each after somebody else has taken what stood in the last one
MODEL_LOCKS = 0x4D4F4445  # "MODE": names our advisory locks, one a model that has a cap

Row = TypeVar("Row", bound=models.Model)


def claim_next(*, worker: Worker) -> Attempt | None:
    """Take the fairest generation that waits and that this worker may run now; None when there is none."""
    # As its row says now: an admin may have taken it out of service, and its heartbeats say what it has loaded.
    known = Worker.objects.filter(pk=worker.pk, state=WorkerState.ACTIVE).first()
    if known is None:
        return None
    if works_by_itself(known):
        return None
    for _round in range(ROUNDS):
        kept = kept_from(known)
        heads = warm_first(list(_heads(known, kept)[:TRIED]), known.loaded)
        if not heads:
            return None
        tried: set[UUID] = set()
        while len(tried) < len(heads):
            untried = [head for head in heads if head.head not in tried]  # type: ignore[attr-defined]
            head, attempt = _take_first(untried, known, kept)
            if attempt is not None:
                return attempt
            if head is None:
                break
            tried.add(head)
        # Others are at all of them: look again when the first of those has done it.
        _wait_for(heads[0])
    return None


def next_in_line(*, worker: Worker) -> Generation | None:
    """What this worker would be given now, as far as a look can tell. Nothing is claimed, so another may come first."""
    if works_by_itself(worker):
        return None
    heads = list(_heads(worker, kept_from(worker))[:1])
    return Generation.objects.filter(pk=heads[0].head).first() if heads else None  # type: ignore[attr-defined]


@transaction.atomic
def _take_first(
    heads: Sequence[Participant], worker: Worker, kept: frozenset[UUID]
) -> tuple[UUID | None, Attempt | None]:
    """The first of these that is free, and the attempt at it; no attempt when it may not start after all."""
    generation = _lock_first([head.head for head in heads])  # type: ignore[attr-defined]
    if generation is None:
        return None, None
    if not _still_may(generation, worker, kept):
        return generation.pk, None
    # On SQLite this conditional write is the claim; on PostgreSQL it repeats what the row's lock says already.
    if not move(generation, GenerationState.RUNNING, started_at=now()):
        return generation.pk, None
    attempt = Attempt.objects.create(
        generation=generation,
        worker=worker,
        number=generation.attempts.count() + 1,
        lease_expires_at=lease_end(),
    )
    attempt.refresh_from_db(fields=["lease_expires_at"])
    record_step(generation, "started", attempt, old=GenerationState.QUEUED, worker=str(worker.pk))
    return generation.pk, attempt


def _still_may(generation: Generation, worker: Worker, kept: frozenset[UUID]) -> bool:
    """Whether it may start even now that nobody else can change that. The look before was at an older state."""
    _lock_cohort(generation.participant.cohort)
    _lock_model(generation.model_key)
    return _heads(worker, kept).filter(pk=generation.participant_id, generations__pk=generation.pk).exists()


def _heads(worker: Worker, kept: frozenset[UUID]) -> models.QuerySet[Participant]:
    """Left out in the query and not afterwards: whoever has only such in front is served with their next one, and
    however many there are, nobody is pushed out of the first TRIED by them.
    """
    return heads_in_order(left_out=_left_out(worker), kept=kept, switched=what_is_on())


def _left_out(worker: Worker) -> frozenset[str]:
    """Models that this worker may not start now: not among its own, or as many render as may.

    What the catalogue no longer holds is nobody's: any worker takes it up and says so.
    """
    offered = {entry.key: entry for entry in catalogue.entries()}
    others = offered.keys() - set(worker.model_keys) if worker.model_keys else set()
    capped = {key: entry.max_running for key, entry in offered.items() if entry.max_running and key not in others}
    if not capped:
        return frozenset(others)
    running = Generation.objects.filter(state=GenerationState.RUNNING, model_key__in=capped).order_by()
    counts = running.values_list("model_key").annotate(count=models.Count("pk"))
    return frozenset(others | {key for key, count in counts if count >= capped[key]})


# --- Locks -------------------------------------------------------------------------------------------------------


def _lock_first(in_order: Sequence[UUID]) -> Generation | None:
    """The first of these generations that waits and that nobody is taking, cancelling or moving at this moment."""
    order = models.Case(*(models.When(pk=pk, then=number) for number, pk in enumerate(in_order)))
    waiting = Generation.objects.filter(IS_WAITING, pk__in=in_order).select_related("participant__cohort")
    return _skipping_locked(waiting).order_by(order).first()


def _skipping_locked(generations: models.QuerySet[Generation]) -> models.QuerySet[Generation]:
    """Locked for us, each with its participant, without those that somebody has locked."""
    if connection.features.has_select_for_update_skip_locked:
        # Not against those who only point to the row: each new generation points to its participant.
        return generations.select_for_update(skip_locked=True, of=("self", "participant"), no_key=True)
    return generations


def _waiting_for_lock(rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    if connection.features.has_select_for_no_key_update:
        return rows.select_for_update(of=("self",), no_key=True)
    return rows


@transaction.atomic
def _wait_for(head: Participant) -> None:
    _waiting_for_lock(Participant.objects.filter(pk=head.pk)).first()


def _lock_cohort(cohort: Cohort) -> None:
    """One claim at a time in a cohort that has a cap together."""
    if cohort.max_running_together is not None:
        _waiting_for_lock(Cohort.objects.filter(pk=cohort.pk)).first()


def _lock_model(key: str) -> None:
    """One claim at a time of a model that has a cap. SQLite admits one writer anyway."""
    entry = catalogue.get(key)
    if entry is None or not entry.max_running or connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [MODEL_LOCKS, crc32(key.encode()) & 0x7FFFFFFF])
