"""`make demo`: everything starts, says where it is, and ends without a trace."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from common.embedded_redis import EmbeddedRedis
from config.demo.story.visitor import Visitor
from tests.demo.running import Demo, free_port, processes_of, wait_until_gone, whole_demo

pytestmark = whole_demo


@pytest.fixture
def data(tmp_path_factory) -> Path:
    """A data folder whose path holds a space and is too long for a socket's address."""
    folder = tmp_path_factory.mktemp("demo") / ("a folder with a rather long name " * 3).strip() / "data"
    folder.mkdir(parents=True)
    return folder


def sign_ins(data: Path) -> list[dict[str, str]]:
    return json.loads((data / "demo-people.json").read_text())


def pid_of(data: Path, part: str) -> int | None:
    return next((pid for pid, command in processes_of(data).items() if part in command), None)


def test_three_starts(data):
    """A start takes most of a test's time: each of these is used for all that can be tried with one."""
    with started(data) as demo:
        _it_says_where_it_is_and_lets_everybody_in(demo, data)
        artist, token = _a_token_is_made(demo, data)
        assert demo.end(signal.SIGINT) == 0
        assert "nothing is left running" in demo.said
        assert wait_until_gone(data, seconds=0) == {}
    people = sign_ins(data)
    with started(data) as demo:
        assert sign_ins(data) == people
        # What somebody made is still there: their token speaks for them.
        program = Visitor(demo.address.rstrip("/"), token=token)
        assert program.get("/api/v1/me/").data["email"] == artist["email"]
        _a_second_demo_stays_out(demo, data)
        _a_killed_worker_is_started_again(demo, data)
        # Without the demo itself its children end, all but what the next start takes over.
        demo.end(signal.SIGKILL)
        left = wait_until_gone(data)
        assert all("redis-server" in command for command in left.values())
        assert EmbeddedRedis(data).answers(), "the next start could not find the Redis that is left"
    with started(data) as demo:
        os.kill(pid_of(data, "celery -A config beat"), signal.SIGKILL)
        assert demo.wait() == 1
        assert "clock ended by itself" in demo.said
        assert wait_until_gone(data) == {}
    # A Redis's title hides whose it is, so it is asked at its socket.
    assert not EmbeddedRedis(data).answers()


@contextmanager
def started(data: Path) -> Iterator[Demo]:
    """A demo that is ready; whatever is left of it in the end is killed."""
    running = Demo(data, "--port", str(free_port()))
    try:
        running.wait_until_it_says("Ctrl-C ends everything")
        yield running
    finally:
        _end(running, data)


def _end(running: Demo, data: Path) -> None:
    if running.process.poll() is None:
        running.end(signal.SIGTERM)
    for pid in processes_of(data):
        os.kill(pid, signal.SIGKILL)


def _it_says_where_it_is_and_lets_everybody_in(demo: Demo, data: Path) -> None:
    with urllib.request.urlopen(f"{demo.address}healthz", timeout=20) as answer:
        assert json.load(answer) == {"database": True, "redis": True}
    people = sign_ins(data)
    assert [person["title"] for person in people] == ["Programme admin", "Reviewer", "Reviewer", "Artist", "Artist"]
    assert stat.S_IMODE((data / "demo-people.json").stat().st_mode) == 0o600
    for person in people:
        assert f"{person['email']}" in demo.said
        assert person["password"] in demo.said
        assert Visitor(demo.address.rstrip("/")).sign_in(person["email"], person["password"]).status == 302
    commands = " ".join(processes_of(data).values())
    assert all(part in commands for part in ("uvicorn", "celery -A config worker", "celery -A config beat"))


def _a_token_is_made(demo: Demo, data: Path) -> tuple[dict[str, str], str]:
    artist = sign_ins(data)[-1]
    visitor = Visitor(demo.address.rstrip("/"))
    visitor.sign_in(artist["email"], artist["password"])
    made = visitor.call("POST", "/api/v1/tokens/", {"name": "kept", "scopes": ["videos:read"], "days": 1})
    assert made.status == 201, made.text
    return artist, made.data["token"]


def _a_second_demo_stays_out(demo: Demo, data: Path) -> None:
    second = Demo(data, "--port", str(free_port()))
    assert second.wait() == 1
    assert "A demo runs in" in second.said
    assert demo.process.poll() is None


def _a_killed_worker_is_started_again(demo: Demo, data: Path) -> None:
    first = pid_of(data, "celery -A config worker")
    os.kill(first, signal.SIGKILL)
    demo.wait_until_it_says("worker was ended by force and is started again")
    assert pid_of(data, "celery -A config worker") not in {first, None}


def test_ctrl_c_during_the_start_leaves_nothing_either(data):
    demo = Demo(data, "--port", str(free_port()))
    try:
        demo.wait_until_it_says("Starting Dailies")
        assert demo.end(signal.SIGINT) in {0, 130}
        assert wait_until_gone(data, seconds=0) == {}
    finally:
        _end(demo, data)


def test_a_taken_port_is_said_in_one_sentence_before_anything_starts(tmp_path):
    data = tmp_path / "data"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = Demo(data, "--port", str(port))
        assert demo.wait() == 1
    assert demo.said == f"Port {port} is taken; choose another, for example PORT={port + 1}.\n"
    assert not data.exists()


@pytest.mark.parametrize("port", ["0", "70000", "eighty", "-1", ""])
def test_a_port_that_is_none_is_refused(tmp_path, port):
    demo = Demo(tmp_path / "data", f"--port={port}")
    assert demo.wait() == 1
    assert "it must be a number from 1 to 65535" in demo.said
