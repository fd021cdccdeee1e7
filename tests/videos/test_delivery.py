"""The bytes that leave: whole, in parts, under conditions, and in three ways."""

from __future__ import annotations

import hashlib
import inspect

import pytest
from django.test import AsyncClient

from tests.media import mp4_bytes
from videos import services

DATA = mp4_bytes()
SIZE = len(DATA)
ETAG = f'"{hashlib.sha256(DATA).hexdigest()}"'


@pytest.fixture(params=["/videos/{}/media/original", "/api/v1/videos/{}/renditions/original"], ids=["page", "api"])
def address(request, finished_video, client) -> str:
    client.force_login(finished_video.owner)
    return request.param.format(finished_video.pk)


def body(response) -> bytes:
    return response.getvalue()


def test_the_whole_file(client, address):
    response = client.get(address)
    assert response.status_code == 200
    assert body(response) == DATA
    assert response["ETag"] == ETAG
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Type"] == "video/mp4"
    assert response["Content-Length"] == str(SIZE)
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Content-Disposition"] == 'inline; filename="rain-on-a-tin-roof.mp4"'
    assert not response.has_header("Last-Modified")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-199", 100, 199),
        ("bytes=10-", 10, SIZE - 1),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        (f"bytes=5-{SIZE * 9}", 5, SIZE - 1),
        ("bytes=-1", SIZE - 1, SIZE - 1),
        ("bytes=-500", SIZE - 500, SIZE - 1),
        (f"bytes=-{SIZE * 9}", 0, SIZE - 1),
        ("Bytes=0-9", 0, 9),
        ("bytes= 0-9", 0, 9),
    ],
)
def test_a_part(client, address, asked, first, last):
    response = client.get(address, headers={"Range": asked})
    assert response.status_code == 206
    assert body(response) == DATA[first : last + 1]
    assert response["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response["Content-Length"] == str(last - first + 1)
    assert response["ETag"] == ETAG
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", f"bytes={'9' * 18}-"])
def test_a_part_after_the_end(client, address, asked):
    response = client.get(address, headers={"Range": asked})
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{SIZE}"
    assert response["Cache-Control"] == "private, no-store"
    assert response.content == b""


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=9-0",
        "bytes=-",
        "bytes=",
        "bytes",
        "items=0-9",
        "bytes=a-b",
        "bytes=0-9,20-29",
        "bytes=0x0-9",
        "bytes=٠-٩",
        "bytes=--5",
        f"bytes={'9' * 5000}-",
    ],
)
def test_what_makes_no_sense_or_asks_for_several_parts_gets_the_whole(client, address, asked):
    response = client.get(address, headers={"Range": asked})
    assert response.status_code == 200
    assert body(response) == DATA


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (ETAG, 206),
        ('"other"', 200),
        (f"W/{ETAG}", 200),
        ("Wed, 21 Oct 2065 07:28:00 GMT", 200),
        ("", 200),
    ],
)
def test_if_range(client, address, condition, status):
    response = client.get(address, headers={"Range": "bytes=0-9", "If-Range": condition})
    assert response.status_code == status
    assert len(body(response)) == (10 if status == 206 else SIZE)


@pytest.mark.parametrize("condition", [ETAG, f"W/{ETAG}", f'"x", {ETAG}', "*"])
@pytest.mark.parametrize("extra", [{}, {"Range": "bytes=0-9"}])
def test_if_none_match(client, address, condition, extra):
    response = client.get(address, headers={"If-None-Match": condition, **extra})
    assert response.status_code == 304
    assert response.content == b""
    assert response["ETag"] == ETAG
    assert response["Cache-Control"] == "private, no-store"


def test_another_etag_gets_the_file(client, address):
    assert body(client.get(address, headers={"If-None-Match": '"x"'})) == DATA
    assert client.get(address, headers={"If-Modified-Since": "Wed, 21 Oct 2065 07:28:00 GMT"}).status_code == 200


@pytest.mark.parametrize(("condition", "status"), [(ETAG, 200), ("*", 200), ('"x"', 412), (f"W/{ETAG}", 412)])
def test_if_match(client, address, condition, status):
    assert client.get(address, headers={"If-Match": condition}).status_code == status


def test_head_tells_of_the_whole_and_sends_nothing(client, address):
    response = client.head(address, headers={"Range": "bytes=0-9"})
    assert response.status_code == 200
    assert response.content == b""
    assert response["Content-Length"] == str(SIZE)
    assert response["ETag"] == ETAG
    assert client.head(address, headers={"If-None-Match": ETAG}).status_code == 304


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options", "trace"])
def test_other_methods(client, address, method):
    response = getattr(client, method)(address)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("title", "kind", "name"),
    [
        ("", "original", "video.mp4"),
        ("Ночь", "original", "video.mp4"),
        ('a"b\\c/../d', "poster", "abcd-poster.webp"),
        ("x" * 120, "original", f"{'x' * 60}.mp4"),
        ("a;b=c", "storyboard", "abc-storyboard.webp"),
    ],
)
def test_a_safe_file_name(client, finished_video, title, kind, name):
    services.rename(actor=finished_video.owner, video=finished_video, title=title)
    client.force_login(finished_video.owner)
    response = client.get(f"/videos/{finished_video.pk}/media/{kind}?download=1")
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


def test_nginx_is_told_which_file_and_django_sends_none(client, finished_video, address, settings):
    settings.MEDIA_DELIVERY = "nginx"
    response = client.get(address, headers={"Range": "bytes=0-9"})
    key = finished_video.renditions.get(kind="original").storage_key
    assert response["X-Accel-Redirect"] == f"/protected-media/{key}"
    assert response.content == b""
    assert response["ETag"] == ETAG
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Type"] == "video/mp4"
    assert client.get(address, headers={"If-None-Match": ETAG}).status_code == 304


def test_a_file_that_is_gone_is_like_a_video_that_is_gone(client, finished_video, address):
    from videos import storage

    storage.delete(finished_video.renditions.get(kind="original").storage_key)
    assert client.get(address).status_code == 404


async def _read(client: AsyncClient, address: str, **headers: str):
    response = await client.get(address, headers=headers)
    return response, b"".join([part async for part in response.streaming_content])


def test_under_asgi_the_file_is_streamed_by_an_async_iterator(finished_video):
    """With warnings as errors: Django warns when a sync iterator is consumed by an async server."""
    from asgiref.sync import async_to_sync

    client = AsyncClient()
    client.force_login(finished_video.owner)
    address = f"/videos/{finished_video.pk}/media/original"
    response, data = async_to_sync(_read)(client, address)
    assert inspect.isasyncgen(response.streaming_content) or hasattr(response.streaming_content, "__aiter__")
    assert data == DATA
    response, data = async_to_sync(_read)(client, address, Range="bytes=10-19")
    assert (response.status_code, data) == (206, DATA[10:20])
