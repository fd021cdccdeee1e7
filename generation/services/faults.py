"""Faults of workers: one that fails too often is taken out of service, and a prompt meets no worker twice that it took
down.

When a process dies, whatever it was rendering is suspect, and what was only being stored is not. Any of them is tried
again by itself, with nothing before, beside or behind it in that process: so the next death names the culprit. A
suspect goes to a slot (a worker's place on its machine, whatever process is in it) that it has not taken down; only
when no such worker is alive, to one that it took down once; and it fails after MAX_ATTEMPTS such deaths, or when
nobody is left who may have it. No slot goes down twice: what was ever lost in it, suspect or not, is tried there in a
process of its own (`was_lost_here`; generation/worker/apart.py).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import StaffRole
from common.clock import now
from common.db import lock
from generation.models import Attempt, Generation, Worker
from generation.selectors import WORKER_SILENT
from generation.services.workers import WORKERS, move_worker
from generation.states import MAX_ATTEMPTS, AttemptState, FailureCode, GenerationState, WorkerState
from notifications.services import notify

log = logging.getLogger(__name__)

LOOKED_AT = 10  # latest attempts of a worker
RECENT = timedelta(hours=1)

# What may be the worker's own fault. Out of memory and a model that is gone are not: another worker fails as well.
IS_FAULT = Q(state=AttemptState.LOST, is_suspect=True) | Q(
    state=AttemptState.FAILED, failure_code__in=[FailureCode.ENGINE, FailureCode.ENCODE, FailureCode.STORAGE]
)


@transaction.atomic
def judge(*, worker: Worker) -> bool:
    """Put the worker into maintenance and alert, if most of its latest attempts failed; says whether it did.

    Of one participant's prompts no number counts: whoever submits broken ones must not empty the house of workers.
    """
    since = now() - RECENT
    known = lock(Worker.objects.filter(pk=worker.pk)).first()
    if known is None or known.state != WorkerState.ACTIVE:
        return False
    # By slot: a process that was taken down goes on there in a new row. What was before an admin's word is forgiven.
    ended = Attempt.objects.filter(worker__slot=known.slot, ended_at__gte=max(since, known.state_since or since))
    latest = ended.order_by("-ended_at").values_list("pk", flat=True)[:LOOKED_AT]
    faults = Attempt.objects.filter(IS_FAULT, pk__in=list(latest)).values_list("generation__participant", flat=True)
    if len(faults) < settings.WORKER_MOST_FAULTS or len(set(faults)) < 2:
        return False
    count = len(faults)
    reason = _("%(faults)d of its latest %(looked_at)d attempts failed.") % {"faults": count, "looked_at": LOOKED_AT}
    log.error("Worker %s goes into maintenance: %s", known.name, reason)
    _alert(known, reason)
    return move_worker(actor=WORKERS, worker=known, state=WorkerState.MAINTENANCE, reason=reason)


@dataclass(frozen=True, slots=True)
class Losses:
    """The slots that a generation may have taken down, once for each time."""

    model_key: str
    slots: tuple[str, ...]

    def may_go_to(self, slot: str, alive: Sequence[Live]) -> bool:
        """Whether a worker in this slot may have it, as long as those are alive."""
        times = self.slots.count(slot)
        untried = any(other.slot not in self.slots and other.runs(self.model_key) for other in alive)
        return times == 0 or (times == 1 and not untried)


@dataclass(frozen=True, slots=True)
class Live:
    """A worker that takes generations now."""

    slot: str
    model_keys: Sequence[str]

    def runs(self, model_key: str) -> bool:
        return not self.model_keys or model_key in self.model_keys


def kept_from(worker: Worker) -> frozenset[UUID]:
    """The generations that wait and that this worker may not be given now: those that it was lost with before, and
    all that were ever lost while it has anything else under way.
    """
    losses = _losses(Attempt.objects.filter(generation__state=GenerationState.QUEUED))
    if not losses:
        return frozenset()
    if Attempt.objects.filter(worker=worker, state=AttemptState.RUNNING).exists():
        return frozenset(losses)
    alive = _alive()
    return frozenset(pk for pk, lost in losses.items() if not lost.may_go_to(worker.slot, alive))


def works_by_itself(worker: Worker) -> bool:
    """Whether it has something under way that was lost before, beside which nothing else may be begun."""
    running = Attempt.objects.filter(worker=worker, state=AttemptState.RUNNING)
    return running.filter(generation__attempts__state=AttemptState.LOST).exists()


def was_lost_here(attempt: Attempt) -> bool:
    """Whether its worker's slot went down with this generation before, whoever was to blame then."""
    here = Attempt.objects.filter(worker__slot=attempt.worker.slot, state=AttemptState.LOST)
    return here.filter(generation=attempt.generation_id).exists()


def was_bystander(attempt: Attempt) -> bool:
    """Whether it was only being stored when its worker went down, and something else was being rendered there."""
    if not Attempt.objects.filter(pk=attempt.pk, is_decoded=True).exists():
        return False
    # Leases that are kept end together, give or take the time between two renewals.
    lease = timedelta(seconds=settings.LEASE_SECONDS)
    at_that_time = (attempt.lease_expires_at - lease, attempt.lease_expires_at + lease)
    others = Attempt.objects.filter(worker=attempt.worker_id, lease_expires_at__range=at_that_time, is_decoded=False)
    return others.filter(state__in=[AttemptState.RUNNING, AttemptState.LOST]).exclude(pk=attempt.pk).exists()


def is_hopeless(generation: Generation) -> bool:
    """Whether nobody shall try it again, after the losses that there were."""
    lost = _losses(Attempt.objects.filter(generation=generation)).get(generation.pk)
    if lost is None or len(lost.slots) < 2:
        return False
    if len(lost.slots) >= MAX_ATTEMPTS:
        return True
    alive = _alive()
    was_twice = len(set(lost.slots)) < len(lost.slots)
    return was_twice and not any(one.runs(lost.model_key) and lost.may_go_to(one.slot, alive) for one in alive)


def _losses(attempts: QuerySet[Attempt]) -> dict[UUID, Losses]:
    """Of every generation that was lost among these attempts; without slots where it was no suspect."""
    slots: dict[UUID, list[str]] = defaultdict(list)
    models: dict[UUID, str] = {}
    lost = attempts.filter(state=AttemptState.LOST).values_list(
        "generation", "generation__model_key", "is_suspect", "worker__slot"
    )
    for pk, model_key, is_suspect, slot in lost:
        models[pk] = model_key
        slots[pk] += [slot] if is_suspect else []
    return {pk: Losses(model_key, tuple(slots[pk])) for pk, model_key in models.items()}


def _alive() -> list[Live]:
    workers = Worker.objects.filter(
        state=WorkerState.ACTIVE, stopped_at__isnull=True, last_seen_at__gte=now() - WORKER_SILENT
    )
    # In Python: SQLite cannot look into a list in JSON.
    return [Live(slot, keys) for slot, keys in workers.values_list("slot", "model_keys")]


def _alert(worker: Worker, reason: str) -> None:
    admins = User.objects.filter(is_active=True, staff_role=StaffRole.ADMIN)
    for admin in admins:
        notify(
            recipient=admin,
            kind="worker.maintenance",
            subject=_("Worker %(name)s is in maintenance") % {"name": worker.name},
            body=_("%(reason)s It takes nothing new until you put it back into service.") % {"reason": reason},
            path=reverse("admin:generation_worker_changelist"),
            action_label=_("See the workers"),
        )
