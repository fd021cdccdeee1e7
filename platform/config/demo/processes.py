"""Child processes, each with a process group and a log of its own."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# Seconds between "please" and "now".
GRACE = 6.0
PR_SET_PDEATHSIG = 1


def _die_with_the_supervisor() -> None:
    """Linux tells a child when its parent was killed in a way that no handler hears."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One long-running process."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        keep_log: bool = False,
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab" if keep_log else "wb") as output:
            # A group of its own, so that Ctrl-C reaches the supervisor alone and it can end things in order.
            self._process = subprocess.Popen(  # noqa: S603  our own commands; the supervisor has no threads
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_the_supervisor,  # noqa: PLW1509  the supervisor has no threads
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def last_words(self, lines: int = 12) -> str:
        """The end of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def ask_to_stop(self) -> None:
        self._signal(signal.SIGTERM)

    def wait_or_kill(self, *, until: float) -> None:
        """Wait until the moment `until` (monotonic), then end the whole group, whoever is left in it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=max(0.0, until - time.monotonic()))
        self._signal(signal.SIGKILL)
        self._process.wait()

    def left_nobody(self) -> bool:
        """Whether its whole group is gone."""
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # the group is empty
            os.killpg(self._process.pid, number)
