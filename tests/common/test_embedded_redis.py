"""The project's own Redis, where its data lies too deep for a socket's address."""

from __future__ import annotations

from contextlib import closing

import pytest
import redis
from kombu import Connection

from common import embedded_redis
from common.embedded_redis import EmbeddedRedis


@pytest.fixture
def deep(tmp_path, monkeypatch):
    """A data folder with a long path; short folders lie in one of the test's own."""
    short = tmp_path / "t"
    short.mkdir()
    monkeypatch.setattr(embedded_redis.tempfile, "gettempdir", lambda: str(short))
    monkeypatch.setattr(embedded_redis, "LONGEST_SOCKET_PATH", len(str(tmp_path)) + 40)
    return tmp_path / ("a long name " * 8).strip()


def test_whoever_comes_next_finds_the_server_that_was_left(deep):
    with EmbeddedRedis(deep) as left:
        assert left.socket.parent != deep
        assert EmbeddedRedis(deep).answers()
        assert not EmbeddedRedis(deep / "other").answers()
    assert not EmbeddedRedis(deep).answers()
    assert not left.socket.parent.exists()


@pytest.mark.parametrize("make", [lambda place: place.mkdir(mode=0o777), lambda place: place.write_text("")])
def test_a_place_that_others_can_reach_is_refused_in_a_sentence(deep, make):
    ours = EmbeddedRedis(deep)
    make(ours.socket.parent)
    with pytest.raises(RuntimeError, match="is not ours alone"):
        ours.start()
    assert ours.pid is None


@pytest.mark.parametrize("name", ["c#", "what?", "100%25", "студия" * 8, "a b"])
def test_everybody_who_is_told_its_address_reaches_it(tmp_path, monkeypatch, name):
    """Whatever the data's folder is called: its address is so many bytes for one, and a part of a URL for the other."""
    monkeypatch.setattr(embedded_redis, "LONGEST_SOCKET_PATH", len(str(tmp_path)) + 70)
    with EmbeddedRedis(tmp_path / name) as server:
        with closing(redis.from_url(server.url)) as client:
            assert client.ping()
        with Connection(f"redis+socket://{server.socket}") as connection:  # as Celery does
            connection.ensure_connection(max_retries=1)
    assert not server.socket.exists()
