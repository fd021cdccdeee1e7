"""What a worker says of itself: that it is there, what it is, what it has loaded, and in which state it is."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from audit.services import record
from common.actors import Actor, System
from common.clock import now
from common.db import lock
from generation import doorbell
from generation.models import Worker
from generation.states import WORKER, WorkerState

log = logging.getLogger(__name__)

WORKERS = System("worker")


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a worker computes on, and what it may be given."""

    device: str = ""
    memory_mib: int = 0  # 0: not known
    pools: Sequence[str] = ()
    model_keys: Sequence[str] = ()


NOTHING_SAID = Abilities()


@transaction.atomic
def register_worker(*, name: str, slot: str = "", abilities: Abilities = NOTHING_SAID) -> Worker:
    """Note that a process has begun to run generations. In its slot there is one: an older one has ended.

    Without a slot its name is one. Maintenance outlives a restart: whoever put the worker there has not said that it
    may go on.
    """
    name, slot = name[:120], (slot or name)[:160]
    before = Worker.objects.filter(slot=slot)
    last = before.order_by("-id").first()
    resting = last if last is not None and last.state == WorkerState.MAINTENANCE else None
    before.filter(stopped_at__isnull=True).update(stopped_at=now())
    return Worker.objects.create(
        name=name,
        slot=slot,
        last_seen_at=now(),
        device=abilities.device[:120],
        memory_mib=abilities.memory_mib,
        pools=list(abilities.pools),
        model_keys=list(abilities.model_keys),
        **(
            {"state": resting.state, "state_reason": resting.state_reason, "state_since": resting.state_since}
            if resting is not None
            else {}
        ),
    )


def heartbeat(*, worker: Worker, loaded: Sequence[str] = ()) -> bool:
    """Note that the worker is alive and which models it holds; False when it is not known (any more).

    The worker is brought up to date: somebody may have put it into maintenance.
    """
    if not Worker.objects.filter(pk=worker.pk).update(last_seen_at=now(), loaded=list(loaded)):
        return False
    worker.refresh_from_db(fields=["state", "stopped_at", "loaded", "last_seen_at"])
    return True


def retire_worker(*, worker: Worker) -> None:
    """Note that the worker has stopped, of its own will."""
    Worker.objects.filter(pk=worker.pk).update(last_seen_at=now(), stopped_at=now(), loaded=[])


def move_worker(*, actor: Actor, worker: Worker, state: WorkerState, reason: str = "") -> bool:
    """Put the worker into another state; False when it is there already, or may not go there."""
    with transaction.atomic():
        current = lock(Worker.objects.filter(pk=worker.pk)).get()
        old = WorkerState(current.state)
        if not WORKER.allows(old, state):
            return False
        current.state, current.state_reason, current.state_since = state, reason[:300], now()
        current.save(update_fields=["state", "state_reason", "state_since"])
        if state == WorkerState.ACTIVE:
            transaction.on_commit(doorbell.ring)
        record(actor=actor, action=f"worker.{state}", target=current, from_state=old, to_state=state)
    worker.state = state
    return True
