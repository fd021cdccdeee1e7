"""Celery's entry points. Each may come twice, late or never: the database knows what is to be done.

Engines are dotted strings that only a running generation imports, so `celery` commands stay free of torch.
"""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task

from generation import doorbell
from generation.models import Generation
from generation.services import attempts, images
from generation.services.idempotency import sweep_keys
from generation.states import GenerationState
from generation.worker import signals  # noqa: F401  a worker that knows these tasks hears the signals
from generation.worker.process import this_process
from generation.worker.scratch import sweep_scratch
from videos.storage import sweep_orphans

# Longer than any attempt lasts: until it completes, its files are named by nobody.
ORPHANS_AFTER = timedelta(days=1)
# A process that is at work answers in a millisecond, so a few rings too many cost nothing.
MOST_RINGS = 16


@shared_task
def answer_doorbell() -> None:
    """Run what waits, in this process, one generation at a time."""
    this_process.answer()


@shared_task
def ring() -> int:
    """Ring for whatever waits, so often that several idle workers hear it; says how often.

    This is what makes a lost message, an emptied broker or a restarted worker cost seconds and nothing else.
    """
    waiting = Generation.objects.filter(state=GenerationState.QUEUED)[:MOST_RINGS].count()
    return sum(doorbell.ring() for _ in range(waiting))


@shared_task
def reap() -> int:
    """Take back the leases that ran out."""
    return attempts.reap()


@shared_task
def sweep() -> int:
    """Delete files that an attempt left behind and no video owns, and idempotency keys whose day is over."""
    sweep_scratch()
    sweep_keys()
    return sweep_orphans(ORPHANS_AFTER) + images.sweep_orphans()
