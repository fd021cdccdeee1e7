"""Which reason an artist is told, and that neither reason nor record holds the prompt."""

from __future__ import annotations

import errno

import pytest

from generation.catalogue import CatalogueError
from generation.engines.base import CheckpointUnavailable, OutOfMemory
from generation.models import Generation
from generation.progress import Stage
from generation.states import FailureCode
from generation.suggestions import after_failure
from generation.worker.failures import ModelGone, describe, failure_code
from generation.worker.start import SourceGone
from videos.storage import StorageFailed

TorchsOwn = type("OutOfMemoryError", (RuntimeError,), {})
FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("error", "stage", "code"),
    [
        (MemoryError(), Stage.DENOISE, FailureCode.OUT_OF_MEMORY),
        (MemoryError(), Stage.ENCODE, FailureCode.OUT_OF_MEMORY),
        (OutOfMemory("RuntimeError"), Stage.DECODE, FailureCode.OUT_OF_MEMORY),
        (TorchsOwn("CUDA"), Stage.DENOISE, FailureCode.OUT_OF_MEMORY),
        (ModelGone(), Stage.LOAD, FailureCode.MODEL_GONE),
        (CheckpointUnavailable("gone"), Stage.LOAD, FailureCode.MODEL_GONE),
        (CatalogueError("no engine"), Stage.LOAD, FailureCode.MODEL_GONE),
        (OSError(errno.ENOENT, "no file"), Stage.LOAD, FailureCode.ENGINE),
        (SourceGone(), Stage.LOAD, FailureCode.SOURCE_GONE),
        (StorageFailed("503"), Stage.LOAD, FailureCode.STORAGE),
        (ValueError("rain"), Stage.DENOISE, FailureCode.ENGINE),
        (ValueError("rain"), Stage.DECODE, FailureCode.ENGINE),
        (ValueError("rain"), Stage.ENCODE, FailureCode.ENCODE),
        (OSError(errno.EINVAL, "codec"), Stage.ENCODE, FailureCode.ENCODE),
        (FULL, Stage.ENCODE, FailureCode.STORAGE),
        (FULL, Stage.STORE, FailureCode.STORAGE),
        (StorageFailed("500"), Stage.STORE, FailureCode.STORAGE),
    ],
)
def test_the_reason_follows_from_the_error_and_the_stage(error, stage, code):
    assert failure_code(error, stage) == code


def test_the_description_is_type_and_place_and_never_the_message():
    prompt = "a secret prompt"
    try:
        try:
            raise OSError(errno.ENOSPC, prompt)
        except OSError as error:
            raise StorageFailed(prompt) from error
    except StorageFailed as error:
        described = describe(error)
    first, second = described.splitlines()
    assert first.startswith("videos.storage.StorageFailed at test_failures.py:")
    assert second.startswith("OSError ENOSPC at test_failures.py:")
    assert prompt not in described


def test_an_error_that_was_never_raised_has_no_place():
    assert describe(ValueError("rain")) == "ValueError"


@pytest.mark.parametrize(
    ("width", "height", "seconds", "words"),
    [
        (1920, 1080, 10, "at 1280×720, or with 8 s instead of 10 s"),
        (360, 640, 4, "or with 2 s instead of 4 s"),
        (320, 192, 4, "It needs less memory with 2 s instead of 4 s."),
        (1280, 720, 2, "It needs less memory at 640×360."),
        (320, 192, 2, "Another model may need less memory"),
    ],
)
def test_out_of_memory_comes_with_what_the_entry_offers_instead(width, height, seconds, words):
    generation = Generation(
        model_key="sketch", width=width, height=height, seconds=seconds, failure_code=FailureCode.OUT_OF_MEMORY
    )
    assert words in after_failure(generation)


def test_other_failures_suggest_nothing():
    assert after_failure(Generation(model_key="sketch", failure_code=FailureCode.ENGINE)) == ""
    assert after_failure(Generation(model_key="gone", failure_code=FailureCode.OUT_OF_MEMORY)) == ""
