"""A start picture, or the video to go on from, that is gone: the artist is told what to do, and nothing is charged."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from accounts.models import Participant
from generation.models import Generation, InputImage, Worker
from generation.services import images
from generation.states import WorkerState
from notifications.models import Notification
from tests.factories import ParticipantFactory
from tests.worker.fake_engine import FakeEngine
from tests.worker.queue import ledger, submitted
from videos import storage
from videos.models import Rendition
from videos.storage import StorageFailed

pytestmark = pytest.mark.django_db(transaction=True)
ASKED = {"model_key": "rich", "seconds": 1}


@pytest.fixture
def artist() -> Participant:
    return ParticipantFactory()


@pytest.fixture
def from_picture(artist, models) -> Generation:
    return submitted(artist, **ASKED, image=uploaded(artist))


def uploaded(artist: Participant) -> InputImage:
    pixels = np.random.default_rng(1).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    file.seek(0)
    return images.add(actor=artist.user, file=file, name="start.png", size=len(file.getvalue()))[0]


def assert_it_failed_for_that(generation: Generation, advice: str) -> None:
    generation.refresh_from_db()
    assert (generation.state, generation.failure_code) == ("failed", "source_gone")
    assert generation.attempts.count() == 1
    assert ledger(generation) == {"reserve": generation.price, "release": generation.price}
    told = Notification.objects.get(recipient=generation.participant.user, kind="generation.failed")
    assert told.body.startswith(f"What it was to start from is no longer there. {advice} Nothing was charged")


def test_a_picture_that_is_gone_from_the_storage(process, from_picture):
    storage.delete(from_picture.image.storage_key)
    process.answer()
    assert_it_failed_for_that(from_picture, "Upload the picture again and start from it.")
    # Neither the model nor the worker is to blame.
    assert FakeEngine.loaded == []
    assert Worker.objects.get().state == WorkerState.ACTIVE


def test_a_picture_that_is_not_the_one_that_was_stored(process, from_picture):
    InputImage.objects.update(sha256="0" * 64)
    process.answer()
    assert_it_failed_for_that(from_picture, "Upload the picture again and start from it.")


@pytest.mark.parametrize("loss", ["file", "bytes"])
def test_a_parent_whose_video_is_gone(process, artist, loss):
    parent = submitted(artist, **ASKED)
    process.answer()
    parent.refresh_from_db()
    extension = submitted(artist, **ASKED, parent=parent, relation="extend")
    key = Rendition.objects.get(video=parent.video, kind="original").storage_key
    if loss == "file":
        storage.delete(key)
    else:
        path = storage._storage().path(key)
        with open(path, "r+b") as film:
            film.truncate(100)
    process.answer()
    assert_it_failed_for_that(extension, "Extend another video, or start from a picture of your own.")


def away(times: int, monkeypatch) -> list[int]:
    """A storage that does not answer so many times."""
    tries: list[int] = []
    open_file = storage.open_file

    def opened(key: str):
        tries.append(1)
        if len(tries) <= times:
            raise StorageFailed("The private storage failed.") from ConnectionError()
        return open_file(key)

    monkeypatch.setattr(storage, "open_file", opened)
    monkeypatch.setattr("generation.worker.start.PAUSES", (0, 0))
    return tries


def test_a_storage_that_is_away_is_asked_again(process, from_picture, monkeypatch):
    tries = away(2, monkeypatch)
    process.answer()
    from_picture.refresh_from_db()
    assert (from_picture.state, len(tries)) == ("completed", 3)


def test_a_storage_that_stays_away_is_no_missing_picture(process, from_picture, monkeypatch):
    tries = away(9, monkeypatch)
    process.answer()
    from_picture.refresh_from_db()
    assert (from_picture.state, from_picture.failure_code, len(tries)) == ("failed", "storage_error", 3)
    assert ledger(from_picture)["release"] == from_picture.price
