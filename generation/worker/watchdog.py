"""The hard end: what no longer answers takes its process with it, and only its process.

A step of a diffusion model is one long call into CUDA, and nothing in Python can interrupt it. So this process kills
itself, from a thread that needs no answer from the hung one: it writes how the attempt ends (which the artist is
told), gives back what else is under way, and ends its process group with SIGKILL. Whoever started it starts it again:
compose and systemd do (`restart`), and so does `make demo`. A thread here, and not a parent that supervises: the
parent would need the same database writes and signals a second time, and the processes that restart are there anyway.

A call that hangs *and* keeps Python's lock stops this thread too. For that case the C timer of `faulthandler` ends the
process, and the lease, which nobody renews, brings the reaper.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from time import monotonic
from typing import NoReturn
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection

from generation.progress import Stage
from generation.services import attempts
from generation.services.attempts import CancelRequested, LeaseLost
from generation.states import CancelledBy
from generation.worker.stopping import Stopping
from generation.worker.work import Work, write_end

log = logging.getLogger(__name__)

BETWEEN_LOOKS = 1.0  # seconds
# Where a cancel must take effect within the grace: elsewhere the work is ours, short, and answers for itself; and a
# model that loads for minutes is worth keeping.
CANCELLABLE = frozenset({Stage.TEXT, Stage.DENOISE, Stage.DECODE})


class Watchdog:
    """Looks at what is under way, once a second."""

    def __init__(self, under_way: Callable[[], list[Work]], stopping: Stopping, retire: Callable[[], None]) -> None:
        self._under_way = under_way
        self._stopping = stopping
        self._retire = retire
        self._cancelled_since: dict[UUID, float] = {}

    def start(self) -> None:
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def look(self) -> None:
        """Ends the process when something in it has hung."""
        works = self._under_way()
        self._note_cancels(works)
        for work in works:
            end = self._end_of(work)
            if end is not None:
                log.critical("Attempt %s hangs while %s: this process ends.", work.attempt.pk, work.making.stage)
                write_end(end)
                self._leave(others=[other for other in works if other is not work])

    def _end_of(self, work: Work) -> Callable[[], object] | None:
        """How the attempt must end; None while it is alive."""
        silent, grace, attempt = work.lease.silent_for, settings.HARD_STOP_SECONDS, work.attempt
        if silent < grace:
            return None
        cancelled_since = self._cancelled_since.get(attempt.pk)
        is_due = cancelled_since is not None and monotonic() - cancelled_since >= grace
        if is_due and work.making.stage in CANCELLABLE:
            done, total = work.making.steps_done, work.making.steps_total
            return lambda: attempts.confirm_cancel(
                attempt=attempt, steps_done=done, steps_total=total, by=CancelledBy.PROCESS
            )
        if self._stopping.overdue() >= grace:
            return lambda: attempts.give_back(attempt=attempt)
        if silent >= settings.STALL_SECONDS:
            return lambda: attempts.abandon(attempt=attempt)
        return None

    def _note_cancels(self, works: list[Work]) -> None:
        """Since when each is no longer wanted. The step that would notice may never come."""
        known, self._cancelled_since = self._cancelled_since, {}
        for work in works:
            key = work.attempt.pk
            if key in known or (work.lease.silent_for >= BETWEEN_LOOKS and _is_cancelled(work)):
                self._cancelled_since[key] = known.get(key, monotonic())

    def _leave(self, others: list[Work]) -> NoReturn:
        for other in others:
            attempt = other.attempt
            write_end(lambda: attempts.give_back(attempt=attempt))  # noqa: B023  called at once
        self._retire()
        end_process()

    def _watch(self) -> None:
        while True:
            # Our own sign of life. The file is the process's real one: Celery has replaced sys.stderr.
            if sys.__stderr__ is not None:
                faulthandler.dump_traceback_later(2 * settings.STALL_SECONDS, exit=True, file=sys.__stderr__)
            try:
                self.look()
            except DatabaseError as error:
                log.warning("The watchdog looked in vain (%s).", type(error).__name__)
            finally:
                connection.close()
            time.sleep(BETWEEN_LOOKS)


def end_process() -> NoReturn:
    """As `kill -9`, with all that we started. The group is only ended by its leader: others may be in it."""
    logging.shutdown()
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
    os._exit(1)  # the first process of a container is deaf to SIGKILL from inside


def _is_cancelled(work: Work) -> bool:
    try:
        attempts.check(attempt=work.attempt)
    except CancelRequested:
        return True
    except LeaseLost:
        pass
    return False
