"""The bytes through a real uvicorn: in parts, to several at once, and to somebody who hangs up."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.test import override_settings

from common.ids import uuid7
from tests.factories import AdminFactory
from tests.media import make_finished_video, mp4_bytes, share, store_bytes
from tests.videos.servers import Server, signed_in, uvicorn_running
from videos import services
from videos.models import Rendition

pytestmark = pytest.mark.django_db(transaction=True)
DATA = mp4_bytes()


@pytest.fixture
def site() -> Iterator[Server]:
    with override_settings(ALLOWED_HOSTS=["127.0.0.1"]), uvicorn_running() as server:
        yield server


def with_long_captions(size: int) -> tuple[Rendition, bytes]:
    """A video with one big file (what is in it doesn't matter here)."""
    data = os.urandom(size)
    stored = store_bytes(data, "captions", "text/vtt")
    rendition = Rendition.objects.create(
        video=make_finished_video(),
        kind="captions",
        storage_key=stored.key,
        sha256=stored.sha256,
        size=stored.size,
        content_type=stored.content_type,
    )
    return rendition, data


def test_parts_heads_and_refusals(site):
    video = make_finished_video()
    address = f"/videos/{video.pk}/media/original"
    assert site.ask(address).status == 404
    assert site.ask(address, Range="bytes=0-9").status == 404
    assert site.ask(address, person=video.owner).body == DATA
    part = site.ask(address, person=video.owner, Range="bytes=5-")
    assert (part.status, part.body) == (206, DATA[5:])
    head = site.ask(address, person=video.owner, method="HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(DATA)))
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert site.ask(address, person=video.owner, method=method).status == 405
    for trick in ("/../original", "%2f..%2foriginal", "/%2e%2e/original"):
        assert site.ask(f"/videos/{video.pk}/media{trick}").status == 404


def test_a_slow_viewer_holds_up_nobody(site):
    """One connection reads nothing of a big file, and other requests are answered meanwhile."""
    rendition, data = with_long_captions(24 * 1024 * 1024)
    address = f"/videos/{rendition.video_id}/media/captions"
    cookie = signed_in(rendition.video.owner)
    with socket.create_connection(("127.0.0.1", site.port)) as slow:
        slow.sendall(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
        time.sleep(0.3)
        answers: list[bytes] = []
        readers = [
            threading.Thread(target=lambda: answers.append(site.ask(address, Cookie=cookie).body)) for _ in range(3)
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(20)
        assert [answer == data for answer in answers] == [True] * 3
    # The slow one hung up in the middle; the site goes on.
    assert site.ask(address, Cookie=cookie, Range="bytes=-7").body == data[-7:]
    time.sleep(0.3)
    private = os.path.realpath(f"/proc/{os.getpid()}/fd")
    still_open = [os.readlink(f"{private}/{fd}") for fd in os.listdir(private) if os.path.islink(f"{private}/{fd}")]
    assert not [path for path in still_open if rendition.storage_key in path]


def test_a_take_down_during_a_download_ends_it_at_the_next_part(site):
    video = make_finished_video()
    address = f"/s/{share(video).token}/media/share_copy"
    assert site.ask(address, Range="bytes=0-9").status == 206
    services.take_down(actor=AdminFactory(), video=video, decision_id=uuid7())
    assert site.ask(address, Range="bytes=10-19").status == 404
