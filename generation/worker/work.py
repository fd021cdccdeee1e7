"""One attempt under way in this process: what it makes, its lease and its files; and what each error does to it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from enum import Enum, auto

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from generation.engines.base import Rendered
from generation.models import Attempt
from generation.services import attempts, faults
from generation.services.attempts import CancelRequested, LeaseLost
from generation.states import FailureCode
from generation.worker import device
from generation.worker.early import EarlyText
from generation.worker.failures import describe, failure_code, is_device_lost
from generation.worker.files import AttemptFiles
from generation.worker.lease import LeaseKeeper
from generation.worker.making import Making
from generation.worker.shelf import EngineShelf
from generation.worker.stopping import ShuttingDown, Stopping

log = logging.getLogger(__name__)

DATABASE_AWAY = (OperationalError, InterfaceError)
# What says nothing about the model that is in memory.
INNOCENT = frozenset({FailureCode.OUT_OF_MEMORY, FailureCode.STORAGE, FailureCode.SOURCE_GONE})
PAUSE = 0.5  # seconds, before the second try; each later pause is twice as long


class Outcome(Enum):
    """What became of a part of the work."""

    RENDERED = auto()  # the frames wait to be taken
    AGAIN = auto()  # it deserves a second try, in this same attempt
    OVER = auto()  # ended in the database, or left to the reaper


class Work:
    """Brings one attempt to its end, in two parts: `render` and `finish`. Neither raises."""

    def __init__(
        self, attempt: Attempt, *, engines: EngineShelf, stopping: Stopping, early: EarlyText | None = None
    ) -> None:
        self.attempt = attempt
        self.lease = LeaseKeeper(attempt)
        self._engines = engines
        self._stopping = stopping
        self._files = AttemptFiles(attempt)
        self.making = Making(
            attempt, engines=engines, stopping=stopping, files=self._files, lease=self.lease, early=early
        )
        self.is_over = False
        self.ran_out_of_memory = False
        self._tried_again = False
        self._rendered: Rendered | None = None
        self.lease.start()

    @property
    def is_sound(self) -> bool:
        """Whether no error has come from the engine since we took it."""
        return self.making.loaded is None or self.making.loaded.is_sound

    def render(self, first: Callable[[], object] = lambda: None) -> Outcome:
        """Until the frames can be taken; before that, what `first` does, whose errors are this attempt's too."""

        def until_denoised() -> Outcome:
            first()
            self._rendered = self.making.render()
            return Outcome.RENDERED

        return self._guarded(until_denoised)

    def finish(self) -> Outcome:
        """Take the frames, and make them a video."""

        def until_completed() -> Outcome:
            rendered, self._rendered = self._rendered, None
            assert rendered is not None  # noqa: S101  `render` came first
            result = self.making.finish(rendered)
            write(lambda: attempts.complete(attempt=self.attempt, result=result))
            return Outcome.OVER

        return self._guarded(until_completed)

    def is_still_wanted(self) -> bool:
        """A sign of life while it waits for its turn; False when it has ended meanwhile."""

        def ask() -> Outcome:
            self.making.stay()
            return Outcome.RENDERED

        return self._guarded(ask) is Outcome.RENDERED

    def _guarded(self, part: Callable[[], Outcome]) -> Outcome:
        outcome = Outcome.OVER
        try:
            outcome = part()
        except LeaseLost:
            log.info("Attempt %s is no longer ours.", self.attempt.pk)
        except CancelRequested:
            done, total = self.making.steps_done, self.making.steps_total
            write_end(lambda: attempts.confirm_cancel(attempt=self.attempt, steps_done=done, steps_total=total))
        except ShuttingDown:
            write_end(lambda: attempts.give_back(attempt=self.attempt))
        except DATABASE_AWAY as error:
            log.error("Attempt %s is left to the reaper: %s.", self.attempt.pk, describe(error))
        except Exception as error:  # noqa: BLE001  a prompt that breaks a model must not break the worker
            outcome = self._after(error)
        if outcome is not Outcome.RENDERED:
            self._rendered = None
            self._files.discard()
        if outcome is Outcome.OVER:
            self.lease.stop()
            self.is_over = True
        return outcome

    def _after(self, error: Exception) -> Outcome:
        """Try once more where that may help; else fail with a reason."""
        if is_device_lost(error) or self._stopping.is_device_lost():
            return self._leave_to_others(error)
        code, described = failure_code(error, self.making.stage), describe(error)
        if code not in INNOCENT and not device.answers():
            # Not every library hands on torch's own class of error.
            return self._leave_to_others(error)
        loaded = self.making.loaded
        self.ran_out_of_memory = code == FailureCode.OUT_OF_MEMORY
        # Another generation's error on the same engine, at the same time, may have been the cause of ours.
        is_victim = not self.is_sound
        if loaded is not None and code not in INNOCENT:
            # After an error the model in memory is not trusted with the next prompt.
            self._engines.drop(loaded)
        if not self._tried_again and (self.ran_out_of_memory or is_victim):
            log.warning("Attempt %s: %s while %s; trying once more.", self.attempt.pk, code, self.making.stage)
            self._tried_again = True
            return Outcome.AGAIN
        if loaded is not None and self.ran_out_of_memory:
            self._engines.drop(loaded)
        log.error("Attempt %s failed: %s while %s: %s", self.attempt.pk, code, self.making.stage, described)
        write_end(lambda: attempts.fail(attempt=self.attempt, code=code, error=described))
        write_end(lambda: faults.judge(worker=self.attempt.worker))
        return Outcome.OVER

    def _leave_to_others(self, error: Exception) -> Outcome:
        """The GPU failed, and this process with it. Whoever met that first may be its cause, and counts as a try."""
        if self._stopping.lose_device():
            log.critical("The device is lost (%s): this process ends.", describe(error))
            write_end(lambda: attempts.abandon(attempt=self.attempt))
        else:
            write_end(lambda: attempts.give_back(attempt=self.attempt))
        return Outcome.OVER


def write_end(end: Callable[[], object]) -> None:
    """Write the end of an attempt. If it is over already, or the database stays away, the reaper has the last word."""
    try:
        write(end)
    except LeaseLost:
        log.info("The attempt was over before its end could be written.")
    except DATABASE_AWAY as error:
        log.error("The end of an attempt is left to the reaper: %s.", describe(error))


def write(change: Callable[[], object]) -> None:
    """Write to the database, again and again while it is away, for about as long as a lease lasts.

    Each of the writes may be repeated: had the first one succeeded without our hearing of it, the fencing token
    would refuse the second (and `complete` would answer the video that it made).
    """
    deadline = time.monotonic() + settings.LEASE_SECONDS
    pause = PAUSE
    while True:
        try:
            change()
            return
        except DATABASE_AWAY as error:
            if time.monotonic() + pause > deadline:
                raise
            log.warning("The database is away (%s); trying again in %s s.", type(error).__name__, pause)
            connection.close()
            time.sleep(pause)
            pause *= 2
