"""A worker without Celery that kills itself at a named moment: `python -m tests.faults.die_at MOMENT`."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any, NoReturn

import django

# The worker's own stages, and the moments around the transaction that completes the generation.
MOMENTS = ("load", "denoise", "decode", "encode", "store", "stored", "completing", "completed")


def die(*_: Any, **__: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def arm(moment: str) -> None:
    """Put the bomb in its place."""
    from generation.services import attempts
    from generation.worker import making
    from tests.worker.fake_engine import FakeEngine

    if moment == "stored":
        attempts.complete = die  # every file is in the storage and nobody's
    elif moment == "completing":
        attempts._tell_completed = die  # the transaction is open and has written almost everything
    elif moment == "completed":
        complete = attempts.complete
        attempts.complete = lambda **arguments: (complete(**arguments), die())  # committed; nobody was told
    elif moment == "decode":
        FakeEngine._frames = lambda self, request, timings: (die() for _ in [0])
    else:
        report = making.progress.report

        def report_or_die(generation_id: Any, step: int, total: int, stage: str) -> None:
            if stage == moment:
                die()
            report(generation_id, step, total, stage)

        making.progress.report = report_or_die


if __name__ == "__main__":
    django.setup()
    arm(sys.argv[1])
    from generation.worker.process import WorkerProcess

    WorkerProcess("doomed").answer()
