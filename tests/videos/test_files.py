"""Videos come into being, and their share copies."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import av
import pytest
from django.db import connection

from audit.models import AuditEvent
from tests.media import SECRET_TITLE, make_finished_video, mp4_bytes
from videos import services, storage
from videos.models import Rendition


def test_a_finished_video_is_private_and_has_its_bytes(finished_video):
    assert finished_video.enforcement == "private"
    original = finished_video.renditions.get(kind="original")
    with storage.open_file(original.storage_key) as file:
        assert file.read() == mp4_bytes()
    events = AuditEvent.objects.filter(target_id=str(finished_video.pk))
    assert [e.action for e in events] == ["video.created"]


def test_the_share_copy_has_the_same_pictures_and_says_nothing_of_their_making(finished_video):
    copy = services.ensure_share_copy(actor=finished_video.owner, video=finished_video)
    with storage.open_file(copy.storage_key) as file:
        data = file.read()
    for telling in (b"x264", b"Lavf", b"Lavc", SECRET_TITLE.encode(), b"2024"):
        assert telling not in data
    with av.open(io.BytesIO(data)) as cleaned, av.open(io.BytesIO(mp4_bytes())) as original:
        assert not {"title", "encoder", "creation_time"} & set(cleaned.metadata)
        assert "creation_time" not in cleaned.streams.video[0].metadata
        pairs = zip(cleaned.decode(video=0), original.decode(video=0), strict=True)
        assert all((a.to_ndarray() == b.to_ndarray()).all() and a.pts == b.pts for a, b in pairs)
    assert data.find(b"moov") < data.find(b"mdat")


def test_two_share_copies_of_one_original_have_the_same_bytes(finished_video, video_maker):
    other = video_maker()
    copies = [services.ensure_share_copy(actor=v.owner, video=v) for v in (finished_video, other)]
    assert copies[0].sha256 == copies[1].sha256
    assert copies[0].storage_key != copies[1].storage_key


def test_the_share_copy_is_made_once(finished_video):
    first = services.ensure_share_copy(actor=finished_video.owner, video=finished_video)
    second = services.ensure_share_copy(actor=finished_video.owner, video=finished_video)
    assert first == second
    assert AuditEvent.objects.filter(action="rendition.created").count() == 1
    assert Rendition.objects.filter(kind="share_copy").count() == 1


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_calls_at_once_make_one_share_copy_and_leave_one_file():
    video = make_finished_video()
    barrier = threading.Barrier(2)
    made: list[Rendition] = []

    def make() -> None:
        try:
            barrier.wait(10)
            made.append(services.ensure_share_copy(actor=video.owner, video=video))
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert made[0] == made[1] == video.renditions.get(kind="share_copy")
    folder = Path(storage.storages["private"].location) / storage.SHARE_COPIES
    assert [path.name for path in folder.iterdir()] == [made[0].storage_key.rpartition("/")[2]]
    assert AuditEvent.objects.filter(action="rendition.created").count() == 1


def test_a_failure_while_keeping_the_share_copy_leaves_no_file(finished_video, monkeypatch):
    from videos.services import changes

    monkeypatch.setattr(changes, "record", lambda **event: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        services.ensure_share_copy(actor=finished_video.owner, video=finished_video)
    assert not list((Path(storage.storages["private"].location) / storage.SHARE_COPIES).iterdir())
    assert not finished_video.renditions.filter(kind="share_copy").exists()
