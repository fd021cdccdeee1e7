"""How this process stops: no new generation from the first word on, and what runs may end within the grace."""

from __future__ import annotations

import threading
from time import monotonic

from django.conf import settings


class ShuttingDown(Exception):
    """The worker was asked to stop, and the grace is over: somebody else shall do this generation."""


class Stopping:
    """Set once, by a signal's handler; read by everybody at work."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._asked_at = 0.0
        self._device_lost = threading.Event()

    def ask(self) -> None:
        """Take nothing new from now on. Only notes it, since a signal's handler calls this."""
        if not self._asked.is_set():
            self._asked_at = monotonic()
            self._asked.set()

    def lose_device(self) -> bool:
        """The GPU is gone for this process, which must end: take nothing new. Says whether that was not known yet."""
        is_news = not self._device_lost.is_set()
        self._device_lost.set()
        self.ask()
        return is_news

    def is_device_lost(self) -> bool:
        return self._device_lost.is_set()

    def is_asked(self) -> bool:
        return self._asked.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep for so long, or until somebody asks; says whether somebody did."""
        return self._asked.wait(seconds)

    def overdue(self) -> float:
        """Seconds since the grace ended; negative while nobody asked or there is time left."""
        return monotonic() - self._asked_at - settings.DRAIN_SECONDS if self._asked.is_set() else -1.0

    def check(self) -> None:
        """Raises ShuttingDown when the grace is over."""
        if self.overdue() >= 0:
            raise ShuttingDown
