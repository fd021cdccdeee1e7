"""Bytes in the private storage."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, storages

from tests.media import mp4_bytes, store_bytes
from videos import storage
from videos.models import Rendition
from videos.storage import StorageFailed


def files() -> list[Path]:
    root = Path(storages["private"].location)
    return [path for path in root.rglob("*") if path.is_file()]


def store(tmp_path: Path, data: bytes = b"bytes", prefix: str = "attempts/one") -> storage.StoredFile:
    path = tmp_path / "source"
    path.write_bytes(data)
    return storage.store(path, prefix=prefix, kind="poster", content_type="image/webp")


def test_what_is_stored_is_named_by_its_hash_and_lies_under_a_random_key(tmp_path):
    first, second = store(tmp_path), store(tmp_path)
    assert first.sha256 == hashlib.sha256(b"bytes").hexdigest()
    assert first.size == 5
    assert first.key != second.key
    assert first.key.startswith("attempts/one/")
    assert len(first.key.rpartition("/")[2]) == 45
    with storage.open_file(first.key) as file:
        assert file.read() == b"bytes"


def test_only_we_can_read_the_file(tmp_path):
    path = Path(storages["private"].path(store(tmp_path).key))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_file_is_refused(tmp_path):
    with pytest.raises(StorageFailed):
        store(tmp_path, b"")
    assert files() == []


def test_a_missing_source_is_a_storage_failure(tmp_path):
    with pytest.raises(StorageFailed):
        storage.store(tmp_path / "none", prefix="attempts/x", kind="poster", content_type="image/webp")


def test_a_full_disk_is_one_error_and_leaves_no_file(tmp_path, monkeypatch):
    def full(self, name, content):
        path = Path(self.path(name))
        path.parent.mkdir(parents=True)
        path.write_bytes(b"by")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(FileSystemStorage, "_save", full)
    with pytest.raises(StorageFailed) as failure:
        store(tmp_path)
    assert isinstance(failure.value.__cause__, OSError)
    assert files() == []


def test_a_short_write_is_noticed_by_reading_the_size_back(tmp_path, monkeypatch):
    write = FileSystemStorage._save

    def short(self, name, content):
        saved = write(self, name, content)
        os.truncate(self.path(name), 3)
        return saved

    monkeypatch.setattr(FileSystemStorage, "_save", short)
    with pytest.raises(StorageFailed, match="another number of bytes"):
        store(tmp_path)
    assert files() == []


def test_a_key_that_is_taken_is_not_overwritten(tmp_path, monkeypatch):
    monkeypatch.setattr(storage.secrets, "token_hex", lambda n: "0" * 2 * n)
    first = store(tmp_path, b"first")
    with pytest.raises(StorageFailed, match="another key"):
        store(tmp_path, b"second")
    with storage.open_file(first.key) as file:
        assert file.read() == b"first"
    assert len(files()) == 1


def test_deleting_twice_is_no_error(tmp_path):
    key = store(tmp_path).key
    storage.delete(key)
    storage.delete(key)
    with pytest.raises(StorageFailed):
        storage.open_file(key)


@pytest.mark.parametrize(("start", "length"), [(0, 1), (3, 5), (0, 700_000), (699_999, 1), (262_143, 2)])
def test_a_range_is_read_in_chunks(tmp_path, start, length):
    data = os.urandom(700_000)
    chunks = list(storage.read_range(store(tmp_path, data).key, start, length))
    assert b"".join(chunks) == data[start : start + length]
    assert all(len(chunk) <= storage.CHUNK for chunk in chunks)


def test_a_file_that_is_shorter_than_promised_fails_rather_than_ends(tmp_path):
    with pytest.raises(StorageFailed, match="shorter"):
        list(storage.read_range(store(tmp_path).key, 0, 6))


def test_an_exchanged_file_is_noticed(finished_video):
    original = finished_video.renditions.get(kind="original")
    assert storage.is_intact(original)
    path = Path(storages["private"].path(original.storage_key))
    path.write_bytes(mp4_bytes()[::-1])
    assert not storage.is_intact(original)
    path.unlink()
    assert not storage.is_intact(original)


def make_old(key: str) -> None:
    hour_ago = time.time() - 3600
    os.utime(storages["private"].path(key), (hour_ago, hour_ago))


def test_the_sweep_deletes_old_files_that_nothing_names(finished_video, tmp_path):
    named = list(Rendition.objects.values_list("storage_key", flat=True))
    old, young = store(tmp_path, prefix="attempts/two/deep").key, store(tmp_path).key
    copy = store(tmp_path, prefix=storage.SHARE_COPIES).key
    for key in (*named, old, copy):
        make_old(key)
    assert storage.sweep_orphans(timedelta(minutes=30)) == 2
    for gone in (old, copy):
        with pytest.raises(StorageFailed):
            storage.open_file(gone)
    for kept in (*named, young):
        storage.open_file(kept).close()
    assert storage.sweep_orphans(timedelta(minutes=30)) == 0


@pytest.mark.django_db
def test_the_sweep_of_an_empty_storage_finds_nothing():
    assert storage.sweep_orphans(timedelta(0)) == 0


@pytest.mark.django_db
def test_the_sweep_leaves_other_folders_alone(tmp_path):
    key = store(tmp_path, prefix="elsewhere").key
    make_old(key)
    assert storage.sweep_orphans(timedelta(0)) == 0


def test_stored_files_know_their_kind():
    stored = store_bytes(b"x", "poster", "image/webp", width=1, height=1)
    assert (stored.kind, stored.width, stored.height) == ("poster", 1, 1)


@pytest.mark.parametrize(
    ("delivery", "address", "errors"),
    [
        ("direct", "file:///x", []),
        ("direct", "s3://bucket", []),
        ("nginx", "file:///x", []),
        ("nginx", "s3://bucket", ["videos.E002"]),
        ("presigned", "s3://bucket", []),
        ("presigned", "file:///x", ["videos.E001"]),
    ],
)
def test_a_delivery_that_does_not_fit_the_storage_stops_the_start(settings, monkeypatch, delivery, address, errors):
    from config.environment import Environment
    from videos.checks import delivery_fits_storage

    monkeypatch.setenv("STORAGE_URL", address)
    settings.STORAGES = settings.STORAGES | {"private": Environment().storage("STORAGE_URL", "")}
    settings.MEDIA_DELIVERY = delivery
    assert [error.id for error in delivery_fits_storage(None)] == errors
