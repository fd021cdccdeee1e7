"""`make test`: the linters, then pytest on every database that is here. `python -m tests.suite`

PostgreSQL, Chromium and nginx are used where they are found and listed as absent where not; with REQUIRE_ALL=1 an
absent one is a failure. The last line says how many checks and tests passed and failed in all.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/test")
PROCESSES = os.environ.get("TEST_PROCESSES", "2")
# The best one first: Debian's headless shell needs much less of the processor than a whole browser.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"  # where nginx lies, and not on everybody's PATH

LINTERS = {
    "ruff check": ("ruff", "check", "--quiet", "."),
    "ruff format": ("ruff", "format", "--check", "--quiet", "."),
    "import-linter": ("lint-imports",),
    "mypy": ("mypy", "platform", "generation", "review"),
}


@dataclass
class Score:
    """What passed, failed and was absent so far."""

    passed: int = 0
    failed: int = 0
    complaints: list[str] = field(default_factory=list)

    def count(self, name: str, *, ok: bool) -> None:
        self.passed += ok
        self.failed += not ok
        if not ok:
            self.complaints.append(name)


def main() -> int:
    score = Score()
    missing = absent()
    with compiled_meanwhile():
        for name, command in LINTERS.items():
            run_linter(name, command, score)
    for name in missing:
        say(f"Absent: {name}.")
        if os.environ.get("REQUIRE_ALL") == "1":
            score.count(f"{name} is absent", ok=False)
    if "postgresql" in missing:
        run_pytest("SQLite", {}, without={*missing}, score=score)
    else:
        # Everything on PostgreSQL; then, on SQLite, everything but the browser again, and but what uses no database.
        run_pytest("PostgreSQL", {"DATABASE_URL": POSTGRES_URL}, without={*missing}, score=score)
        run_pytest("SQLite", {}, without={"browser", "postgresql", "pure", *missing}, score=score)
    if score.complaints:
        say("\nFailed:\n" + "\n".join(f"  {complaint}" for complaint in score.complaints))
    say(f"{score.passed} passed, {score.failed} failed")
    return 1 if score.failed else 0


@contextmanager
def compiled_meanwhile() -> Iterator[None]:
    """Collects all tests once and forgets them: what is compiled on the way every later process finds compiled."""
    command = [BIN / "pytest", "--collect-only", "-q"]
    collecting = subprocess.Popen(
        command, cwd=ROOT, env=surroundings(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        collecting.wait()


def absent() -> list[str]:
    """The markers whose tests cannot run on this machine."""
    found = {"postgresql": postgresql_answers(), "browser": find_browser(), "nginx": find("nginx")}
    return [name for name, is_here in found.items() if not is_here]


def find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{SYSTEM_FOLDERS}")


def find_browser() -> str | None:
    """The program that the browser tests play in."""
    return next(filter(None, map(find, BROWSERS)), None)


def postgresql_answers() -> bool:
    try:
        psycopg.connect(POSTGRES_URL, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def run_linter(name: str, command: tuple[str, ...], score: Score) -> None:
    began = time.monotonic()
    done = run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ok = done.returncode == 0
    if not ok:
        say(done.stdout)
    say(f"{name}: {'passed' if ok else 'FAILED'} in {time.monotonic() - began:.0f} s")
    score.count(name, ok=ok)


def run_pytest(title: str, extra: dict[str, str], *, without: set[str], score: Score) -> None:
    say(f"\n== Tests on {title}" + (f", without {', '.join(sorted(without))}" if without else "") + " ==")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        chosen = " and ".join(f"not {marker}" for marker in sorted(without))
        # Whoever has finished takes over from the other: the last minutes are nobody's alone.
        how = ("-q", "-n", PROCESSES, "--dist=worksteal", "--durations=15", "--create-db", "-m", chosen)
        done = run(("pytest", *how, f"--junitxml={report}"), extra)
        read_report(report, title, score)
    score.count(f"pytest on {title} ended with {done.returncode}", ok=done.returncode == 0)
    say(f"Tests on {title} took {time.monotonic() - began:.0f} s")


def read_report(report: Path, title: str, score: Score) -> None:
    """Add what pytest wrote of each test."""
    if not report.exists():
        return
    for case in ElementTree.parse(report).iter("testcase"):
        wrong = case.find("failure") is not None or case.find("error") is not None
        if case.find("skipped") is None or wrong:
            score.count(f"{title}: {case.get('classname')}::{case.get('name')}", ok=not wrong)


def run(
    command: tuple[str, ...], extra: dict[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """One of the environment's own programs, in the project's folder."""
    environment = surroundings() | (extra or {})
    return subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, env=environment, check=False, **options)


def surroundings() -> dict[str, str]:
    """The environment without what would point the tests at another database.

    Nor with a wish that nothing compiled be kept: pytest would rewrite every test anew in each of its processes. One
    thread of torch for each process: two processes with two each hold each other up on two cores.
    """
    foreign = {"DATABASE_URL", "REDIS_URL", "PYTHONDONTWRITEBYTECODE"}
    inherited = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in foreign}
    return inherited | {
        "PYTHONPATH": f".{os.pathsep}platform",
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
    }


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
