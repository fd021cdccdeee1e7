"""The shipped nginx configuration in a real nginx, before a real uvicorn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from common.ids import uuid7
from tests.factories import AdminFactory, ParticipantFactory
from tests.media import make_finished_video, mp4_bytes, share
from tests.videos.servers import Server, nginx_running, uvicorn_running
from videos import services, storage

pytestmark = [
    pytest.mark.nginx,
    pytest.mark.django_db(transaction=True),
]
DATA = mp4_bytes()


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "nginx"
    folder.mkdir()
    changed = override_settings(MEDIA_DELIVERY="nginx", ALLOWED_HOSTS=["127.0.0.1"])
    with changed, uvicorn_running() as app, nginx_running(app, folder) as server:
        yield server


def test_nginx_serves_what_the_application_allows(nginx, tmp_path):
    video = make_finished_video()
    address = f"/videos/{video.pk}/media/original"
    original = video.renditions.get(kind="original")
    etag = f'"{original.sha256}"'

    # To everybody else it is missing.
    stranger = ParticipantFactory().user
    for person in (None, stranger):
        for headers in ({}, {"Range": "bytes=0-9"}, {"If_None_Match": etag}, {"If_None_Match": "*"}):
            assert nginx.ask(address, person=person, **headers).status == 404

    whole = nginx.ask(address, person=video.owner)
    assert (whole.status, whole.body) == (200, DATA)
    assert whole.headers["etag"] == etag
    assert whole.headers["cache-control"] == "private, no-store"
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["content-disposition"] == 'inline; filename="rain-on-a-tin-roof.mp4"'
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["cross-origin-resource-policy"] == "same-origin"
    assert "last-modified" not in whole.headers
    assert "x-accel-redirect" not in whole.headers
    assert original.storage_key not in str(whole.headers)

    part = nginx.ask(address, person=video.owner, Range="bytes=10-19")
    assert (part.status, part.body) == (206, DATA[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(DATA)}"
    assert part.headers["cache-control"] == "private, no-store"
    assert nginx.ask(address, person=video.owner, Range="bytes=-5").body == DATA[-5:]
    beyond = nginx.ask(address, person=video.owner, Range=f"bytes={len(DATA)}-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{len(DATA)}")
    several = nginx.ask(address, person=video.owner, Range="bytes=0-1,5-6")
    assert (several.status, several.body) == (200, DATA)

    assert nginx.ask(address, person=video.owner, Range="bytes=0-9", If_Range=etag).status == 206
    assert nginx.ask(address, person=video.owner, Range="bytes=0-9", If_Range='"x"').body == DATA
    unchanged = nginx.ask(address, person=video.owner, If_None_Match=etag)
    assert (unchanged.status, unchanged.body) == (304, b"")
    head = nginx.ask(address, person=video.owner, method="HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(DATA)))
    assert nginx.ask(address, person=video.owner, method="POST").status == 405
    token_free = (tmp_path / "nginx" / "access.log").read_text()
    assert address in token_free


def test_the_internal_folder_is_nobodys_address(nginx):
    video = make_finished_video()
    key = video.renditions.get(kind="original").storage_key
    prefixes = ["/protected-media/", "//protected-media/", "/x/../protected-media/", "/%70rotected-media/", "/static/"]
    prefixes += ["/static/../protected-media/", "/static../private/", "/protected-media/../protected-media/"]
    for prefix in prefixes:
        for person in (None, video.owner):
            answer = nginx.ask(prefix + key, person=person)
            assert answer.status in (404, 400), prefix
            assert DATA not in answer.body
    for header in ("X_Accel_Redirect", "X_Original_URL", "X_Rewrite_URL"):
        assert nginx.ask("/", **{header: f"/protected-media/{key}"}).body != DATA


def test_after_a_take_down_the_next_part_is_missing(nginx, tmp_path):
    video = make_finished_video()
    grant = share(video)
    copy = video.renditions.get(kind="share_copy")
    address = f"/s/{grant.token}/media/share_copy"
    etag = f'"{copy.sha256}"'
    with storage.open_file(copy.storage_key) as file:
        data = file.read()
    first = nginx.ask(address, Range="bytes=0-99")
    assert (first.status, first.body) == (206, data[:100])
    services.take_down(actor=AdminFactory(), video=video, decision_id=uuid7())
    unknown = nginx.ask(f"/s/{'A' * 22}/media/share_copy")
    for headers in (
        {},
        {"Range": "bytes=100-199"},
        {"Range": "bytes=100-199", "If_Range": etag},
        {"If_None_Match": etag},
        {"If_None_Match": "*"},
    ):
        answer = nginx.ask(address, **headers)
        assert (answer.status, answer.body) == (404, unknown.body)
        assert "etag" not in answer.headers
    assert grant.token not in (tmp_path / "nginx" / "access.log").read_text()
