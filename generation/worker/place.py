"""Which of its machine's workers this process is: a number that the next process gets in its stead.

A process has a new id each time it starts, so by its name alone nobody could tell that the worker which a prompt took
down is the one that is back. Here each takes the lowest number that no living process has: the kernel lets go of the
lock when a process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
from functools import lru_cache
from itertools import count
from pathlib import Path

from django.conf import settings


@lru_cache(maxsize=1)
def this_place() -> str:
    """The machine, the installation and the number, the same for the process that is started after this one."""
    root = Path(settings.DATA_DIR).resolve()
    _lock, number = take(root / "places", socket.gethostname())  # stays open for as long as this process lives
    return f"{socket.gethostname()} {hashlib.sha256(str(root).encode()).hexdigest()[:8]} #{number}"


def take(folder: Path, machine: str) -> tuple[int, int]:
    """The descriptor of a lock, which lasts until it is closed, and the number: the lowest that nobody has there."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in count(1):
        lock = os.open(folder / f"{machine}-{number}", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return lock, number
    raise AssertionError("There is always another number.")
