"""Ctrl-C and its relatives, turned into one exception that the `finally`s of the demo can rely on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ASKING_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody wants the demo to end. Not an Exception: no `except Exception` may swallow it."""


class StopSignals:
    """Raises `StopRequested` once, in the main thread; never in the middle of a `shielded()` block."""

    def __init__(self) -> None:
        self.asked = False
        self._shields = 0

    def install(self) -> None:
        for number in ASKING_TO_STOP:
            signal.signal(number, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            return  # we are stopping already, as fast as we can
        self.asked = True
        if not self._shields:
            raise StopRequested

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """For a step that must be done wholly or not at all, such as starting a process and noting it."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        if self.asked and not self._shields:
            raise StopRequested
