"""From `kill -9` of a worker in the middle of a generation to another worker's attempt, with real processes.

The lease was renewed at the latest a third of its length before, the reaper comes by in its period and rings.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from generation.models import Generation
from tests.benchmarks.figures import Figure
from tests.factories import CohortFactory, ParticipantFactory
from tests.faults.installation import CATALOGUE, Installation, kill, until
from tests.worker.queue import submitted

TRIALS = 3
# A third of what an installation has by default: long enough for a process's own fractions of a second to count little.
LEASE_SECONDS = 10
REAPER_SECONDS = 3


def figures(folder: Path) -> list[Figure]:
    usual = settings.CATALOGUE_FILE
    settings.CATALOGUE_FILE = CATALOGUE
    try:
        seconds = [_recovery(folder / f"recovery {number}") for number in range(TRIALS)]
    finally:
        settings.CATALOGUE_FILE = usual
    limit = LEASE_SECONDS + REAPER_SECONDS
    how = (
        f"seconds to the second attempt: {', '.join(f'{each:.1f}' for each in seconds)}; lease {LEASE_SECONDS} s, "
        f"reaper every {REAPER_SECONDS} s",
    )
    return [Figure("recovery_over_lease", max(seconds) / limit, "×", 1.1, "lower", how)]


def _recovery(folder: Path) -> float:
    folder.mkdir()
    with Installation(folder, lease=LEASE_SECONDS, reaper=REAPER_SECONDS) as installation:
        participant = ParticipantFactory(cohort=CohortFactory(monthly_credits=1_000_000))
        installation.hold.touch()
        generation = submitted(participant, model_key="fake")
        workers = [installation.worker(), installation.worker()]
        until(lambda: installation.log.count(" ready.") == len(workers), what=installation.log)
        installation.beat()
        victim = installation.running_in(generation, *workers)
        killed_at = timezone.now()
        kill(victim)
        until(lambda: generation.attempts.count() == 2, what=installation.log)
        second = generation.attempts.get(number=2)
        installation.hold.unlink()
        installation.ended(Generation.objects.get(pk=generation.pk))
    shutil.rmtree(folder, ignore_errors=True)
    return (second.started_at - killed_at).total_seconds()
