"""This process as a worker: its row in the database, its one slot, and how it stops.

For Celery's `threads` and `solo` pools, where tasks run in the process that hears the signals. (CUDA and forks do not
mix, so the prefork pool has nothing to offer here.)
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from generation import doorbell
from generation.catalogue import CatalogueEntry
from generation.models import Attempt, Generation, Worker
from generation.services import claiming, faults, workers
from generation.states import WorkerState
from generation.worker.abilities import abilities, last_used
from generation.worker.apart import run_apart
from generation.worker.failures import describe
from generation.worker.place import this_place
from generation.worker.runner import Runner
from generation.worker.scratch import sweep_scratch
from generation.worker.shelf import EngineShelf
from generation.worker.slot import Slot
from generation.worker.stopping import Stopping
from generation.worker.watchdog import Watchdog, end_process

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 15


class WorkerProcess:
    """Answers doorbells, one generation at a time, until it is told to stop."""

    def __init__(self, name: str = "") -> None:
        # A name that somebody gave stays the same from one process to the next, and so is a slot by itself.
        self._given_name = name or settings.WORKER_NAME
        self.name = self._given_name or f"{socket.gethostname()} {os.getpid()}"
        self.stopping = Stopping()
        self.engines = EngineShelf()
        self._slot = Slot()
        self._runner = Runner(self.stopping, self.engines, self._peek)
        self._registering = threading.Lock()
        self._worker: Worker | None = None
        self._to_warm: Iterator[CatalogueEntry] = iter(())

    def answer(self) -> None:
        """Run what waits. When somebody in this process is at it already, they will look again instead."""
        self._slot.answer(self._work)

    def start(self) -> None:
        """Show up, clean up after a process that was killed here, load what was used last, and ask for work."""
        self._to_warm = _last_used()
        threading.Thread(target=self._heartbeat, name="heartbeat", daemon=True).start()
        Watchdog(lambda: self._runner.under_way, self.stopping, self.retire).start()
        doorbell.ring()

    def stop(self) -> None:
        """Take nothing new, and end within the grace. Only notes it, since a signal's handler calls it."""
        self.stopping.ask()

    def retire(self) -> None:
        """Leave the list of workers."""
        try:
            if self._worker is not None:
                workers.retire_worker(worker=self._worker)
        except DatabaseError as error:
            log.warning("The worker left without saying so (%s).", type(error).__name__)

    def _work(self) -> None:
        """Until nothing waits, and what was begun has ended."""
        while True:
            # This is one long task: Celery's own care for connections comes only before and after it.
            close_old_connections()
            attempt = None if self.stopping.is_asked() else claiming.claim_next(worker=self._registered())
            if attempt is not None:
                self._run(attempt)
                continue
            # What must not run beside anything else may run once all this has ended.
            was_busy = bool(self._runner.under_way)
            if self._runner.settle(unless=self._is_wanted) and not was_busy and not self._warms_up():
                break
        if self.stopping.is_device_lost():
            # A new process has a new CUDA context: whoever started this one starts it again.
            self.retire()
            end_process()

    def _run(self, attempt: Attempt) -> None:
        if not faults.was_lost_here(attempt):
            self._runner.run(attempt)
            return
        # Alone on the machine's memory, too.
        self._runner.settle()
        self.engines.clear()
        run_apart(attempt, self.stopping)

    def _warms_up(self) -> bool:
        """Whether one more of the models used last was loaded, nothing else being wanted."""
        entry = None if self.stopping.is_asked() else next(self._to_warm, None)
        if entry is None:
            return False
        if not self.engines.keys or self.engines.fits_beside(entry):
            try:
                self._runner.load(entry)
            except Exception as error:  # noqa: BLE001  whoever asks for it will be told
                log.warning("The model %s was not loaded in advance: %s.", entry.key, describe(error))
        return True

    def _peek(self) -> Generation | None:
        return claiming.next_in_line(worker=self._worker) if self._worker is not None else None

    def _is_wanted(self) -> bool:
        return self._slot.is_rung() and not self.stopping.is_asked()

    def _registered(self) -> Worker:
        """Our row, with a fresh heartbeat."""
        with self._registering:
            # Not known any more: a database that was restored from before this process began.
            if self._worker is None or not workers.heartbeat(worker=self._worker, loaded=self.engines.keys):
                slot = self._given_name or this_place()
                self._worker = workers.register_worker(name=self.name, slot=slot, abilities=abilities())
                # The last one in our place may have gone down, and the one before it.
                faults.judge(worker=self._worker)
            return self._worker

    def _heartbeat(self) -> None:
        swept = False
        while True:
            try:
                worker = self._registered()
                if self.stopping.is_asked():
                    workers.move_worker(actor=workers.WORKERS, worker=worker, state=WorkerState.DRAINING)
                swept = swept or sweep_scratch() >= 0
            except DatabaseError as error:
                log.warning("No heartbeat (%s).", type(error).__name__)
            finally:
                connection.close()
            self._pause()

    def _pause(self) -> None:
        # The word to stop shortens one pause, and only one.
        if self.stopping.is_asked():
            time.sleep(HEARTBEAT_SECONDS)
        else:
            self.stopping.wait(HEARTBEAT_SECONDS)


def _last_used() -> Iterator[CatalogueEntry]:
    # A generator, so that the database is asked when the time has come.
    yield from last_used()


this_process = WorkerProcess()
