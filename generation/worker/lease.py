"""Keeping a lease for as long as somebody really works under it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from time import monotonic

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from generation.models import Attempt
from generation.services import attempts
from generation.services.attempts import CancelRequested, LeaseLost

log = logging.getLogger(__name__)

# Steps renew at most this often, in seconds: a fast model would otherwise write more than it draws.
BETWEEN_RENEWALS = 1.0
# Frames, which can be many a second, look at the cancel flag at most this often, in seconds.
BETWEEN_GLANCES = 0.25


class LeaseKeeper:
    """Renews one attempt's lease: at the steps, and from a thread of its own while a stage has no steps.

    A database that is away for a moment costs nothing; one that is away for longer than the lease costs the lease.
    """

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._done = threading.Event()
        self._is_decoded = False
        self._renewed_at = self._alive_at = monotonic()
        self._thread = threading.Thread(target=self._keep, name=f"lease {attempt.pk}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Keep it no longer. May come again."""
        self._done.set()
        self._thread.join()

    @property
    def silent_for(self) -> float:
        """Seconds since the last sign of life."""
        return monotonic() - self._alive_at

    def check(self) -> None:
        """A sign of life. Raises LeaseLost or CancelRequested, which the caller lets through."""
        self._alive_at = monotonic()
        due = monotonic() - self._renewed_at >= min(BETWEEN_RENEWALS, settings.LEASE_SECONDS / 3)
        self._ask(self._renew if due else self._look)

    def note_decoded(self, *, is_decoded: bool = True) -> None:
        """All frames are there; or they are made once more."""
        if self._is_decoded != is_decoded:
            self._ask(lambda: attempts.note_decoded(attempt=self._attempt, is_decoded=is_decoded))
            self._is_decoded = is_decoded

    def glance(self) -> None:
        """`check`, for whoever calls it very often."""
        if monotonic() - self._alive_at >= BETWEEN_GLANCES:
            self.check()

    def _keep(self) -> None:
        pause = settings.LEASE_SECONDS / 3
        try:
            while not self._done.wait(pause):
                if self.silent_for > settings.STALL_SECONDS:
                    log.error("Attempt %s shows no sign of life: its lease is left to run out.", self._attempt.pk)
                    return
                if monotonic() - self._renewed_at >= pause / 2:
                    self._ask(self._renew)
        except LeaseLost:
            # The next `check` finds out for itself.
            return
        finally:
            connection.close()

    def _renew(self) -> None:
        asked_at = monotonic()
        try:
            attempts.renew_lease(attempt=self._attempt)
        except CancelRequested:
            self._renewed_at = asked_at
            # Only the working thread can stop; until it does, the lease stays ours.
            if threading.current_thread() is not self._thread:
                raise
        else:
            self._renewed_at = asked_at

    def _look(self) -> None:
        attempts.check(attempt=self._attempt)

    def _ask(self, question: Callable[[], None]) -> None:
        try:
            question()
        except (OperationalError, InterfaceError) as error:
            log.warning("The database is away (%s); the lease of %s goes on.", type(error).__name__, self._attempt.pk)
            connection.close()
            if monotonic() - self._renewed_at > settings.LEASE_SECONDS:
                raise LeaseLost from error
