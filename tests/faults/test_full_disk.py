"""A disk that is full at the last step: failed with a reason and refunded, never a completed video without bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage

from generation.models import Attempt, Generation
from generation.worker import files, making
from generation.worker.process import WorkerProcess
from generation.worker.scratch import scratch_folder
from tests.faults.aftermath import assert_nothing_is_wrong
from tests.faults.installation import CATALOGUE
from tests.worker.queue import submitted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def process(settings, tmp_path, monkeypatch) -> WorkerProcess:
    settings.CATALOGUE_FILE = CATALOGUE
    settings.MODELS_DIR = tmp_path
    monkeypatch.setattr(files, "PAUSES", (0.01, 0.01))
    return WorkerProcess("test worker")


class SmallDisk(FileSystemStorage):
    """Has room for some files and for the first bytes of the next one; then the kernel says that there is none left."""

    files, more_bytes = 0, 0

    def _save(self, name, content):
        if self.files:
            type(self).files -= 1
            return super()._save(name, content)
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as begun:
            begun.write(content.read(self.more_bytes))
        with Path("/dev/full").open("wb", buffering=0) as full:
            full.write(content.read())
        raise AssertionError("There was room after all.")


@contextmanager
def full_scratch_folder(attempt: Attempt) -> Iterator[Path]:
    """Where the encoder writes the film, every write is refused by the kernel for lack of room."""
    with scratch_folder(attempt) as folder:
        (folder / "original.mp4").symlink_to("/dev/full")
        yield folder


def fails_for_the_lack_of_room(process: WorkerProcess) -> Generation:
    generation = submitted(model_key="fake")
    process.answer()
    generation.refresh_from_db()
    assert (generation.state, generation.failure_code) == ("failed", "storage_error")
    assert "ENOSPC" in generation.attempts.get().error
    assert_nothing_is_wrong()
    return generation


def works(process: WorkerProcess) -> None:
    generation = submitted(model_key="fake")
    process.answer()
    generation.refresh_from_db()
    assert generation.state == "completed"
    assert_nothing_is_wrong()


@pytest.mark.parametrize(("files", "more_bytes"), [(0, 0), (0, 100), (1, 10)])
def test_a_full_storage(process, settings, tmp_path, monkeypatch, files, more_bytes):
    """Full from the first byte, within the film, and within what comes after it."""
    private = {"BACKEND": f"{__name__}.SmallDisk", "OPTIONS": {"location": tmp_path / "small"}}
    settings.STORAGES = settings.STORAGES | {"private": private}
    monkeypatch.setattr(SmallDisk, "files", files)
    monkeypatch.setattr(SmallDisk, "more_bytes", more_bytes)
    fails_for_the_lack_of_room(process)
    # Somebody made room: the same process goes on.
    SmallDisk.files = 3
    works(process)


def test_a_full_scratch_disk(process, settings, tmp_path, monkeypatch):
    """The encoder finds no room for the film, in the midst of libav's own writing."""
    settings.DATA_DIR = tmp_path
    with monkeypatch.context() as patched:
        patched.setattr(making, "scratch_folder", full_scratch_folder)
        fails_for_the_lack_of_room(process)
    assert not list((tmp_path / "scratch").iterdir())
    works(process)


class Truncating(FileSystemStorage):
    """Says that it saved, and kept half: a lying disk."""

    def _save(self, name, content):
        saved = super()._save(name, content)
        os.truncate(self.path(saved), self.size(saved) // 2)
        return saved


def test_a_storage_that_lies(process, settings, tmp_path):
    private = {"BACKEND": f"{__name__}.Truncating", "OPTIONS": {"location": tmp_path / "broken"}}
    settings.STORAGES = settings.STORAGES | {"private": private}
    generation = submitted(model_key="fake")
    process.answer()
    generation.refresh_from_db()
    assert (generation.state, generation.failure_code) == ("failed", "storage_error")
    assert_nothing_is_wrong()
