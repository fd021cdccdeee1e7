"""One generation at a time in a process, and no doorbell lost.

A doorbell that finds somebody at work must not wait for them (it would hold a thread of the pool), and must not simply
go away either: it may have been rung for a generation that the other one, about to stop, has just failed to see.
So it leaves a mark, and whoever is at work looks once more before they leave.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Slot:
    """A place for one at work, with a bell."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy = False
        self._rung = False

    def answer(self, work: Callable[[], None]) -> bool:
        """Call `work`, and again as long as the bell rings meanwhile; False when somebody else will."""
        with self._lock:
            self._rung = True
            if self._busy:
                return False
            self._busy = True
        try:
            while self._is_rung_again():
                work()
        except BaseException:
            # The periodic ring comes for what still waits; a slot that stays taken would answer nothing ever again.
            with self._lock:
                self._busy = False
            raise
        return True

    def is_rung(self) -> bool:
        """Whether somebody rang since the work began; whoever is at work and asks will look again now."""
        with self._lock:
            rung, self._rung = self._rung, False
            return rung

    def _is_rung_again(self) -> bool:
        # Looking at the bell and leaving the slot are one step: between them a doorbell would be lost.
        with self._lock:
            rung, self._rung = self._rung, False
            self._busy = rung
            return rung
