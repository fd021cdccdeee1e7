"""A small installation beside the test: real worker and beat processes on its database, with a Redis of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from common.embedded_redis import EmbeddedRedis
from generation.models import Attempt, Generation

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "tests" / "worker" / "catalogue.toml"
LEASE_SECONDS = 3
REAPER_SECONDS = 1
HARD_STOP_SECONDS = 2
# How long a busy test machine may need on top, to start a process or to notice something.
PATIENCE = 40


def until(condition: Callable[[], Any], seconds: float = PATIENCE, what: str = "") -> Any:
    """Wait until the condition holds and answer its value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, what or "It did not happen in time."
        time.sleep(0.05)
    return value


def database_url() -> str:
    """The test's own database, as another process finds it."""
    where = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{where['NAME']}"
    user, host, port = where["USER"] or "postgres", where["HOST"] or "127.0.0.1", where["PORT"] or 5432
    password = f":{where['PASSWORD']}" if where["PASSWORD"] else ""
    return f"postgres://{user}{password}@{host}:{port}/{where['NAME']}"


class Installation:
    """Workers, a clock and a Redis in one folder. Use it as a context manager: it ends what it started."""

    def __init__(self, folder: Path, *, lease: int = LEASE_SECONDS, reaper: int = REAPER_SECONDS) -> None:
        self.folder = folder
        self._seconds = {"LEASE_SECONDS": str(lease), "REAPER_SECONDS": str(reaper)}
        self.models = folder / "models"
        self.models.mkdir()
        self.hold = self.models / "hold"  # while it exists, the fake engine stays at its third step
        self.redis = EmbeddedRedis(folder / "redis")
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Installation:
        self.redis.start()
        return self

    def __exit__(self, *error: object) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.wait()
        self.redis.stop()

    def lease(self, seconds: int) -> None:
        """For workers that are started from now on."""
        self._seconds["LEASE_SECONDS"] = str(seconds)

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.redis.url,
            "STORAGE_URL": f"file://{settings.STORAGES['private']['OPTIONS']['location']}",
            "MODELS_DIR": str(self.models),
            "CATALOGUE_FILE": str(CATALOGUE),
            **self._seconds,
            "DRAIN_SECONDS": "0",
            "HARD_STOP_SECONDS": str(HARD_STOP_SECONDS),
        }

    def worker(self, **settings: str) -> subprocess.Popen[bytes]:
        """A Celery worker process, as deployed."""
        options = ("-P", "threads", "-c", "3", "-Q", "generation,default", "--without-mingle")
        return self._celery("worker", *options, **settings)

    def beat(self) -> subprocess.Popen[bytes]:
        """The clock: it rings for what waits, and has expired leases taken back."""
        return self._celery("beat", "--schedule", str(self.folder / "schedule"))

    def python(self, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.environment() | settings, stdout=log, stderr=log
            )
        self._processes.append(process)
        return process

    def _celery(self, command: str, *options: str, **settings: str) -> subprocess.Popen[bytes]:
        return self.python("-m", "celery", "-A", "config", command, *options, "--loglevel", "INFO", **settings)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def running_in(self, generation: Generation, *processes: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        """The process that runs the generation at this moment; waits until one does."""

        def found() -> subprocess.Popen[bytes] | None:
            attempt = Attempt.objects.filter(generation=generation, state="running").select_related("worker").first()
            names = {attempt.worker.name.split()[-1]} if attempt else set()
            return next((process for process in processes if str(process.pid) in names), None)

        return until(found, what=f"No worker took it up.\n{self.log}")

    def ended(self, generation: Generation, state: str = "completed") -> Generation:
        """The generation, when it has come to its end."""

        def is_over() -> bool:
            generation.refresh_from_db()
            return generation.state not in {"queued", "running"}

        until(is_over, what=f"It did not end.\n{self.log if (self.folder / 'log').exists() else ''}")
        assert generation.state == state, (generation.failure_code, self.log)
        return generation


def kill(process: subprocess.Popen[bytes]) -> None:
    """As `kill -9`."""
    process.send_signal(signal.SIGKILL)
    process.wait(10)
