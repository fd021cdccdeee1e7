"""A disk that is full at the last step: failed with a reason and refunded, never a completed video without bytes."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage

from generation.models import Generation
from generation.worker import files
from generation.worker.process import WorkerProcess
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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 kB: room for the first of the three files, or not even that."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = (
        os.geteuid() == 0
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=24k", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
        == 0
    )
    if not mounted:
        pytest.skip("needs the right to mount a tmpfs")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


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


def test_a_full_storage(process, settings, small_disk):
    private = settings.STORAGES["private"]
    settings.STORAGES = settings.STORAGES | {
        "private": private | {"OPTIONS": private["OPTIONS"] | {"location": small_disk / "private"}}
    }
    (small_disk / "ballast").write_bytes(b"x" * 16_384)
    fails_for_the_lack_of_room(process)
    # Somebody made room: the same process goes on.
    settings.STORAGES = settings.STORAGES | {"private": private}
    works(process)


def test_a_full_scratch_disk(process, settings, small_disk, tmp_path):
    settings.DATA_DIR = small_disk
    (small_disk / "ballast").write_bytes(b"x" * 20_480)
    fails_for_the_lack_of_room(process)
    assert not list((small_disk / "scratch").iterdir())
    settings.DATA_DIR = tmp_path
    works(process)


class FullAfterOne(FileSystemStorage):
    """Takes one file and has no room for a second one; needs no right to mount anything."""

    saved = 0

    def _save(self, name, content):
        type(self).saved += 1
        if type(self).saved > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super()._save(name, content)


class Truncating(FileSystemStorage):
    """Says that it saved, and kept half: a lying disk."""

    def _save(self, name, content):
        saved = super()._save(name, content)
        os.truncate(self.path(saved), self.size(saved) // 2)
        return saved


@pytest.mark.parametrize("storage", ["FullAfterOne", "Truncating"])
def test_a_storage_that_breaks_off(process, settings, tmp_path, storage):
    FullAfterOne.saved = 0
    private = {"BACKEND": f"tests.faults.test_full_disk.{storage}", "OPTIONS": {"location": tmp_path / "broken"}}
    settings.STORAGES = settings.STORAGES | {"private": private}
    generation = submitted(model_key="fake")
    process.answer()
    generation.refresh_from_db()
    assert (generation.state, generation.failure_code) == ("failed", "storage_error")
    assert_nothing_is_wrong()
