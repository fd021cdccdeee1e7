"""A demo in a process of its own, as `make demo` starts it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.architecture.code import ROOT

# The demo brings its own SQLite whatever the tests run on, so it is played with the run on SQLite.
whole_demo = [
    pytest.mark.sqlite,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at processes through /proc"),
]
MARK = "DLY_TEST_DEMO"  # handed down to every process of a demo, also where that has another folder for its data
PATIENCE = 300  # seconds; a quiet machine needs fifteen


def surroundings(data: Path) -> dict[str, str]:
    """What a developer's shell holds, with another site's settings that must not reach the demo."""
    foreign = {"DATABASE_URL": "postgres://nobody@nowhere/none", "SITE_URL": "https://elsewhere.example"}
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    ours = {"DATA_DIR": str(data), MARK: str(data), "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"}
    return inherited | foreign | ours


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Demo:
    """Start it, read what it prints, end it."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.output = data.parent / f"output-{time.monotonic_ns()}.txt"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.demo", *arguments],
                cwd=ROOT,
                env=surroundings(data),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_until_it_says(self, words: str) -> None:
        until = time.monotonic() + PATIENCE
        while words not in self.said:
            assert self.process.poll() is None, f"it ended: {self.said}"
            assert time.monotonic() < until, f"it never said {words!r}: {self.said}"
            time.sleep(0.2)

    def end(self, with_signal: signal.Signals = signal.SIGINT) -> int:
        """Signal the supervisor alone; its exit code."""
        self.process.send_signal(with_signal)
        return self.process.wait(timeout=60)

    def wait(self) -> int:
        return self.process.wait(timeout=PATIENCE)

    @property
    def address(self) -> str:
        return re.search(r"running at\s+(\S+)", self.said)[1]


def processes_of(data: Path) -> dict[int, str]:
    """Every living process of the demo that was started with this data folder, and its command line."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment = (entry / "environ").read_bytes()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f"{MARK}={data}\0".encode() in environment or str(data) in command:
            found[int(entry.name)] = command
    return found


def wait_until_gone(data: Path, seconds: float = 20) -> dict[int, str]:
    """What is still there after a while: nothing, if all is well."""
    until = time.monotonic() + seconds
    while (left := processes_of(data)) and time.monotonic() < until:
        time.sleep(0.2)
    return left
