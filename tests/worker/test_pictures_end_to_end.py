"""A picture's whole way with nothing faked: upload, queue, a real Wan pipeline that starts from it; an extension."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from generation.models import Generation, InputImage
from generation.services import images
from generation.worker.process import WorkerProcess
from tests.engines.builders import build
from tests.factories import ParticipantFactory
from tests.worker.queue import ledger, submitted

pytestmark = pytest.mark.django_db(transaction=True)

CATALOGUE = """
[moving]
name = "Moving"
description = "A tiny image-to-video model with random weights."
notice = ""
engine = "generation.engines.wan:WanEngine"
checkpoint = "wan-ti2v"
revision = "local"
modes = ["text", "image"]
sizes = ["96x64"]
seconds = [1]
fps = 8
steps = 2
guidance = 1.0
cost_factor = 1.0
native_long_side = 64
native_multiple = 32
frame_multiple = 4
"""


@pytest.fixture
def worker(settings, tmp_path, stable_checkpoint) -> WorkerProcess:
    settings.CATALOGUE_FILE = tmp_path / "catalogue.toml"
    settings.CATALOGUE_FILE.write_text(CATALOGUE)
    settings.MODELS_DIR = stable_checkpoint
    return WorkerProcess("real")


@pytest.fixture(scope="module")
def stable_checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    build("wan-ti2v", folder / "wan-ti2v")
    return folder


def uploaded(participant, seed: int) -> InputImage:
    pixels = np.random.default_rng(seed).integers(0, 255, (100, 140, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    size = file.tell()
    file.seek(0)
    return images.add(actor=participant.user, file=file, name="start.png", size=size)[0]


def original(generation: Generation) -> str:
    generation.refresh_from_db()
    assert generation.state == "completed", generation.attempts.get().error
    return generation.video.renditions.get(kind="original").sha256


def test_the_picture_that_was_uploaded_is_what_the_video_starts_from(worker):
    participant = ParticipantFactory()
    asked = {"participant": participant, "model_key": "moving", "size": "96x64", "seconds": 1}
    first, second = uploaded(participant, 1), uploaded(participant, 2)
    from_first, from_second = (submitted(**asked, image=picture) for picture in (first, second))
    from_first_again, from_words = submitted(**asked, image=first), submitted(**asked)
    worker.answer()
    assert original(from_first) == original(from_first_again)
    assert len({original(one) for one in (from_first, from_second, from_words)}) == 3

    extension = submitted(**asked, parent=from_first, relation="extend")
    other = submitted(**asked, parent=from_second, relation="extend")
    worker.answer()
    assert original(extension) != original(other)
    assert ledger(extension) == {"reserve": extension.price, "settle": extension.price}
    assert (extension.parent, extension.image, extension.mode) == (from_first, None, "image")
