"""Five people with four generations each: our service ÷ a Gradio app with its queue, both real processes over HTTP.

All five ask for their four at the same moment, each in a thread of their own. A wait runs from asking to the finished
video on the asker's disk. Gradio pushes its results (gradio_client); ours are polled, as a script of an artist would.
Ours is the whole house of `make demo`: web, one worker, clock, Redis, SQLite. Both have rendered one video before.
"""

from __future__ import annotations

import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from config.demo.house import House
from config.demo.signals import StopSignals
from config.demo.story.visitor import Visitor
from config.demo.surroundings import free_port
from generation import catalogue
from tests.benchmarks.figures import Figure
from tests.benchmarks.queue import PROMPT, SIZE, format_of

USERS, EACH = 5, 4
ROUNDS = 4  # whoever is first in one is not in the next: luck evens out
POLL = 1.0  # seconds between an artist's looks; the pages look no oftener
PATIENCE = 600  # seconds for twenty generations on a busy machine
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Round:
    """One round of twenty: seconds until the last one was there, and each user's waits."""

    wall: float
    waits: tuple[tuple[float, ...], ...]

    @property
    def median(self) -> float:
        """The median over the users of each one's median wait."""
        return statistics.median(statistics.median(waits) for waits in self.waits)


Ask = Callable[[int, Callable[[], None], list[float]], None]


def figures(folder: Path) -> list[Figure]:
    ours, theirs = [], []
    with _house(folder / "house") as service, _gradio(folder / "gradio", service.checkpoint) as app:
        for number in range(ROUNDS):
            for side, rounds in ((service, ours), (app, theirs))[:: 1 if number % 2 else -1]:
                rounds.append(_round(side.ask))
    return compare(ours, theirs)


def compare(ours: list[Round], theirs: list[Round]) -> list[Figure]:
    """What the rounds say; the longest wait is that of the user who fares worst beside Gradio."""
    medians, longest = (_of_each_user(ours, theirs, of) for of in (statistics.median, max))
    walls, usual = (
        [[getattr(one, what) for one in rounds] for rounds in (ours, theirs)] for what in ("wall", "median")
    )
    return [
        _figure("queue_over_gradio", "seconds for all 20", *walls),
        _figure("wait_median_over_gradio", "a user's median wait (median of the five)", *usual, medians),
        Figure("wait_worst_over_gradio", max(longest), "×", 1, "lower", ("a user's longest wait", _told(longest))),
    ]


def _of_each_user(ours: list[Round], theirs: list[Round], of: Callable[[tuple[float, ...]], float]) -> list[float]:
    """Each user's wait ÷ the one of the user who asked the same of Gradio: the median of the rounds."""
    pairs = list(zip(ours, theirs, strict=True))
    return [
        statistics.median(of(mine.waits[user]) / of(other.waits[user]) for mine, other in pairs)
        for user in range(USERS)
    ]


def _told(each: list[float]) -> str:
    return f"each of the {len(each)} users: " + ", ".join(f"{ratio:.2f}" for ratio in each)


def _figure(name: str, what: str, ours: list[float], theirs: list[float], each: list[float] | None = None) -> Figure:
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    how = (
        f"{what}, seconds: {statistics.median(ours):.1f} ÷ {statistics.median(theirs):.1f}; "
        f"{min(ratios):.2f} to {max(ratios):.2f} in {len(ratios)} rounds",
    )
    if each:
        how += (_told(each),)
    return Figure(name, statistics.median(ratios), "×", 1, "lower", how)


def _round(ask: Ask) -> Round:
    """All users at once; each fills a list of waits."""
    waits: list[list[float]] = [[] for _ in range(USERS)]
    together = threading.Barrier(USERS + 1)
    users = [threading.Thread(target=ask, args=(user, together.wait, waits[user])) for user in range(USERS)]
    for user in users:
        user.start()
    together.wait()
    started = time.perf_counter()
    for user in users:
        user.join(PATIENCE)
    wall = time.perf_counter() - started
    assert all(len(mine) == EACH for mine in waits), f"not everybody got everything: {waits}"
    return Round(wall=wall, waits=tuple(tuple(mine) for mine in waits))


def _wishes(user: int) -> list[dict[str, Any]]:
    """What one user asks for: the lengths on offer in turn, other seeds for everybody."""
    entry = catalogue.get("sketch")
    assert entry is not None
    numbers = [user * EACH + number for number in range(EACH)]
    return [{"prompt": PROMPT, "seconds": entry.seconds[n % len(entry.seconds)], "seed": n} for n in numbers]


# --- Ours --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Service:
    address: str
    tokens: list[str]
    checkpoint: Path
    folder: Path

    def ask(self, user: int, together: Callable[[], object], waits: list[float]) -> None:
        visitor = Visitor(self.address, token=self.tokens[user])
        asked: dict[str, float] = {}
        together()
        for wish in _wishes(user):
            moment = time.perf_counter()
            answer = visitor.call("POST", "/api/v1/generations/", {"model": "sketch", "size": SIZE} | wish)
            assert answer.status == 201, answer.text
            asked[answer.data["id"]] = moment
        while asked:
            time.sleep(POLL)
            for row in visitor.get("/api/v1/generations/").data["results"]:
                if row["id"] in asked and row["state"] not in {"queued", "running"}:
                    assert row["state"] == "completed", row
                    film = visitor.get(f"/api/v1/videos/{row['video_id']}/renditions/original")
                    assert film.status == 200, film.text
                    (self.folder / f"{row['id']}.mp4").write_bytes(film.body)
                    waits.append(time.perf_counter() - asked.pop(row["id"]))


@contextmanager
def _house(folder: Path) -> Iterator[Service]:
    folder.mkdir()
    # Short, since a socket's path is limited; the house makes its own inside.
    with (
        tempfile.TemporaryDirectory(prefix="dly-") as home,
        House(folder=Path(home), port=free_port(), signals=StopSignals()) as house,
    ):
        made = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.artists", str(USERS)],
            cwd=ROOT,
            env=house.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        entry = catalogue.get("sketch")
        assert entry is not None
        tokens = json.loads(made.stdout)
        service = Service(house.address, tokens, Path(home) / "models" / entry.checkpoint, folder)
        try:
            _warm(service.ask)
            yield service
        except BaseException:
            # The house takes its logs with it.
            sys.stderr.writelines((house.logs / f"{name}.log").read_text()[-3000:] for name in ("web", "worker"))
            raise


# --- Gradio ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class App:
    clients: list[Any]

    def ask(self, user: int, together: Callable[[], object], waits: list[float]) -> None:
        client = self.clients[user]
        together()
        jobs = []
        for wish in _wishes(user):
            moment = time.perf_counter()
            done = threading.Event()
            job = client.submit(wish["prompt"], wish["seconds"], wish["seed"], api_name="/generate")
            job.add_done_callback(
                lambda _job, moment=moment, done=done: (waits.append(time.perf_counter() - moment), done.set())
            )
            jobs.append((job, done))
        for job, done in jobs:
            assert Path(_file(job.result(PATIENCE))).stat().st_size > 0
            done.wait(PATIENCE)


@contextmanager
def _gradio(folder: Path, checkpoint: Path) -> Iterator[App]:
    from gradio_client import Client

    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each of its requests
    folder.mkdir()
    entry = catalogue.get("sketch")
    assert entry is not None
    port = free_port()
    environment = os.environ | {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": str(folder / "temporary")}
    environment.pop("OMP_WAIT_POLICY", None)  # ours; the app runs as its author would run it
    arguments = [str(checkpoint), str(port), str(folder), json.dumps(asdict(format_of(entry)))]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.gradio_app", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _until_it_answers(address, process, folder / "log")
        clients = [Client(address, verbose=False, download_files=str(folder)) for _ in range(USERS)]
        app = App(clients)
        _warm(app.ask)
        yield app
    finally:
        process.terminate()
        process.wait(20)


def _until_it_answers(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            assert process.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < until, log.read_text(errors="replace")
            time.sleep(0.2)


def _file(result: Any) -> str:
    """Where the client has put the video; it answers a path, or a dictionary with one."""
    return str(result["video"] if isinstance(result, dict) else result)


def _warm(ask: Ask) -> None:
    """The first user's four, so that the model is loaded and warm."""
    ask(0, lambda: None, [])
