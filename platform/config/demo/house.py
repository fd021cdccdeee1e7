"""The demo's processes: web, worker and clock, with Redis under them: started first, ended last."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

import redis

from common.embedded_redis import EmbeddedRedis
from config.demo.processes import GRACE, Child
from config.demo.signals import StopSignals
from config.demo.surroundings import HOST, ROOT, CannotStart, environment, lock

# Seconds until web and worker must answer; a slow disk needs some to read torch for the first time.
PATIENCE = 120.0
BETWEEN_LOOKS = 0.1
MOST_REVIVALS = 5  # of the worker within a minute

# What Python runs, by name. Production runs the same three, see deploy/compose.yaml.
COMMANDS = {
    "web": "-m uvicorn config.asgi:application --host {host} --port {port} --lifespan off --no-access-log"
    " --timeout-graceful-shutdown 2",
    "worker": "-m celery -A config worker -P threads -c 4 -Q generation,default,signals -l INFO"
    " -n worker@demo --without-gossip --without-mingle",
    "clock": "-m celery -A config beat -l INFO --pidfile=",
}


class House:
    """Everything that runs. A context manager: whatever happens inside, nothing is left running."""

    def __init__(self, *, folder: Path, port: int, signals: StopSignals) -> None:
        self.folder = folder
        self.address = f"http://{HOST}:{port}"
        self.redis = EmbeddedRedis(folder)
        self.environment = environment(folder=folder, port=port, redis_url=self.redis.url)
        self.children: list[Child] = []
        self._ended: list[Child] = []
        self._revived: list[float] = []  # when
        self._port = port
        self._signals = signals
        self._lock = lock(folder)

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def __enter__(self) -> House:
        try:
            self._start_redis()
            self._prepare()
            self._start_children()
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def casualty(self) -> Child | EmbeddedRedis | None:
        """A child, or the Redis under them, that ended although nobody asked it to."""
        watched: list[Child | EmbeddedRedis] = [self.redis, *self.children]
        return next((one for one in watched if one.exit_code is not None), None)

    def revive(self) -> bool:
        """Whether it started the worker again, which was killed, or killed itself as it does when a step hangs.

        What it ran is in the database. One that is killed again and again within a minute stays dead: a casualty.
        """
        moment = time.monotonic()
        self._revived = [before for before in self._revived if moment - before < 60]
        for place, child in enumerate(self.children):
            if child.name == "worker" and child.exit_code == -signal.SIGKILL and len(self._revived) < MOST_REVIVALS:
                with self._signals.shielded():
                    child.wait_or_kill(until=moment)  # whoever is left of its group
                    self._revived.append(moment)
                    self.children[place] = self._child("worker", *self._arguments("worker"), keep_log=True)
                return True
        return False

    def survivors(self) -> list[str]:
        """Whoever outlived `stop()`: nobody, or there is a fault here."""
        redis = ["Redis"] if self.redis.answers() else []
        return redis + [child.name for child in self._ended if not child.left_nobody()]

    def stop(self) -> None:
        """End everything: all children at once, and when they are gone the Redis under them."""
        self._signals.asked = True  # a second Ctrl-C must not cut this short
        until = time.monotonic() + GRACE
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.wait_or_kill(until=until)
        self._ended += self.children
        self.children = []
        self.redis.stop()
        self._lock.close()

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one management command beside the children."""
        return subprocess.run(  # noqa: S603  our own command
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def _start_redis(self) -> None:
        with self._signals.shielded():
            # A supervisor that was killed outright leaves its Redis behind. We hold the lock, so it is nobody's.
            if self.redis.answers():
                redis.Redis(unix_socket_path=str(self.redis.socket)).shutdown(save=True)
            try:
                self.redis.start()
            except RuntimeError as error:
                raise CannotStart(str(error)) from error

    def _prepare(self) -> None:
        with self._signals.shielded():
            child = self._child("prepare", "-m", "config.demo.prepare")
            self.children.append(child)
        while child.exit_code is None:
            time.sleep(BETWEEN_LOOKS)
        if child.exit_code != 0:
            raise CannotStart(f"The set-up failed:\n{child.last_words()}")
        self.children.remove(child)

    def _start_children(self) -> None:
        for name in COMMANDS:
            with self._signals.shielded():
                self.children.append(self._child(name, *self._arguments(name)))

    def _arguments(self, name: str) -> list[str]:
        return shlex.split(COMMANDS[name].format(host=HOST, port=self._port))

    def _child(self, name: str, *arguments: str, keep_log: bool = False) -> Child:
        log = self.logs / f"{name}.log"
        command = [sys.executable, *arguments]
        return Child(name, command, environment=self.environment, log=log, keep_log=keep_log)

    def _wait_until_healthy(self) -> None:
        until = time.monotonic() + PATIENCE
        while not (self._web_answers() and self._worker_is_ready()):
            if child := self.casualty():
                raise CannotStart(f"{child.name} ended at its start:\n{child.last_words()}")
            if time.monotonic() > until:
                raise CannotStart(f"Nothing answers at {self.address} after {PATIENCE:.0f} s; see {self.logs}.")
            time.sleep(BETWEEN_LOOKS)

    def _web_answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=5) as answer:  # noqa: S310  our own address
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def _worker_is_ready(self) -> bool:
        log = self.logs / "worker.log"
        return log.exists() and "worker@demo ready." in log.read_text(errors="replace")
