"""Pictures that are brought, deleted and started from at the same moment."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import storages
from PIL import Image

from common.errors import Conflict, DailiesError, Invalid, NotFound, QuotaExceeded
from generation.models import Generation, InputImage
from generation.pictures.checking import PlainPicture
from generation.services import images, submit
from tests.concurrency.threads import at_once, so_many
from tests.factories import ParticipantFactory
from tests.pictures_to_send import picture

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
CATALOGUE = Path(__file__).parents[1] / "generation" / "catalogue.toml"
ASKED = {"model_key": "moving", "prompt": "rain", "size": "320x192", "seconds": 2}
THREADS = 4


@pytest.fixture(autouse=True)
def _catalogue(settings) -> None:
    settings.CATALOGUE_FILE = CATALOGUE


@pytest.fixture
def artist():
    return ParticipantFactory(cohort__monthly_credits=1000, cohort__max_queued=100).user


@pytest.fixture
def decoded(monkeypatch, tmp_path) -> None:
    """Pictures that were decoded beforehand, so that all of them come to be counted together."""
    for number in range(THREADS):
        pixels = np.random.default_rng(number).integers(0, 256, (400, 500, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.webp", lossless=True, method=0, quality=0)

    @contextmanager
    def plain_picture(_data: bytes, name: str) -> Iterator[PlainPicture]:
        path = tmp_path / f"{name}.webp"
        yield PlainPicture(path, path, 500, 400)

    monkeypatch.setattr(images, "plain_picture", plain_picture)


def add(artist, data: bytes, name: str = "a.png") -> InputImage:
    return images.add(actor=artist, file=io.BytesIO(data), name=name, size=len(data))[0]


def files() -> int:
    return sum(path.is_file() for path in Path(storages["private"].location).rglob("*"))


def slow(function):
    """A pause between looking and writing, in which everybody else looks too."""

    def looks_then_waits(*args, **named):
        seen = function(*args, **named)
        time.sleep(0.2)
        return seen

    return looks_then_waits


def brought_at_once(artist, monkeypatch, settings) -> list[object]:
    """Each takes more than half of the room."""
    settings.INPUT_IMAGES_MAX_MIB = 1
    monkeypatch.setattr(images, "used_bytes", slow(images.used_bytes))
    return so_many(THREADS, lambda index: add(artist, b"decoded", str(index)))


def test_without_the_lock_the_room_is_overfilled(artist, decoded, monkeypatch, settings):
    monkeypatch.setattr(images, "lock", lambda queryset: queryset)
    brought_at_once(artist, monkeypatch, settings)
    assert images.used_bytes(artist.participant) > images.most_bytes()


def test_the_room_holds_however_many_come_at_once(artist, decoded, monkeypatch, settings):
    results = brought_at_once(artist, monkeypatch, settings)
    assert sum(isinstance(result, InputImage) for result in results) == 1
    assert sum(isinstance(result, QuotaExceeded) for result in results) == THREADS - 1
    assert images.used_bytes(artist.participant) <= images.most_bytes()
    assert files() == 2


def test_the_same_picture_at_once_is_one(artist):
    data = picture()
    results = so_many(THREADS, lambda _index: add(artist, data).pk)
    assert len(set(results)) == 1
    assert InputImage.objects.count() == 1
    assert files() == 2


def test_a_picture_is_either_deleted_or_started_from(artist):
    for number in range(6):
        image = add(artist, picture(size=(64 + number, 48)))
        removed, made = at_once(
            lambda image=image: images.remove(actor=artist, image=image),
            lambda image=image: submit(actor=artist, **ASKED, image=image),
        )
        if isinstance(made, Generation):
            assert isinstance(removed, Conflict)
            assert InputImage.objects.filter(pk=image.pk).exists()
        else:
            assert removed is None
            assert isinstance(made, Invalid)
            assert not InputImage.objects.filter(pk=image.pk).exists()


def test_it_is_deleted_once(artist):
    image = add(artist, picture())
    results = so_many(THREADS, lambda _index: images.remove(actor=artist, image=image))
    assert results.count(None) == 1
    assert sum(isinstance(result, NotFound) for result in results) == THREADS - 1
    assert all(result is None or isinstance(result, DailiesError) for result in results)
    assert files() == 0
