"""Faults of workers: one that fails too often is taken out of service, and a prompt meets no worker twice that it took
down.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.states import StaffRole
from common.clock import now
from common.db import lock
from generation.models import Attempt, Worker
from generation.selectors import WORKER_SILENT
from generation.services.workers import WORKERS, move_worker
from generation.states import AttemptState, FailureCode, WorkerState
from notifications.services import notify

log = logging.getLogger(__name__)

LOOKED_AT = 10  # latest attempts of a worker
RECENT = timedelta(hours=1)

# What may be the worker's own fault. Out of memory and a model that is gone are not: another worker fails as well.
IS_FAULT = Q(state=AttemptState.LOST) | Q(
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
    # By name: a process that was taken down goes on under it in a new row. What was before an admin's word is forgiven.
    ended = Attempt.objects.filter(worker__name=known.name, ended_at__gte=max(since, known.state_since or since))
    latest = ended.order_by("-ended_at").values_list("pk", flat=True)[:LOOKED_AT]
    faults = Attempt.objects.filter(IS_FAULT, pk__in=list(latest)).values_list("generation__participant", flat=True)
    if len(faults) < settings.WORKER_MOST_FAULTS or len(set(faults)) < 2:
        return False
    count = len(faults)
    reason = _("%(faults)d of its latest %(looked_at)d attempts failed.") % {"faults": count, "looked_at": LOOKED_AT}
    log.error("Worker %s goes into maintenance: %s", known.name, reason)
    _alert(known, reason)
    return move_worker(actor=WORKERS, worker=known, state=WorkerState.MAINTENANCE, reason=reason)


def without_those_it_died_of(generations: Sequence[UUID], worker: Worker) -> set[UUID]:
    """Of these generations that wait, those that this worker may be given: not one that took it down before, as long
    as a worker is alive that it did not take down.
    """
    deadly = Attempt.objects.filter(generation__in=generations, state=AttemptState.LOST, worker__name=worker.name)
    struck = set(deadly.values_list("generation", flat=True))
    return {pk for pk in generations if pk not in struck or not _has_another(pk, worker)}


def _has_another(generation: UUID, worker: Worker) -> bool:
    lost = Attempt.objects.filter(generation=generation, state=AttemptState.LOST)
    model_key = lost.values_list("generation__model_key", flat=True).first()
    alive = Worker.objects.filter(
        state=WorkerState.ACTIVE, stopped_at__isnull=True, last_seen_at__gte=now() - WORKER_SILENT
    ).exclude(name__in=[worker.name, *lost.values_list("worker__name", flat=True)])
    # In Python: SQLite cannot look into a list in JSON. No keys: it takes whatever there is.
    return any(not other.model_keys or model_key in other.model_keys for other in alive)


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
