"""From an exception to what artist and engineer are told. Neither sees its message, which may hold the prompt."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path

from generation.catalogue import CatalogueError
from generation.engines.base import CheckpointUnavailable, OutOfMemory
from generation.progress import Stage
from generation.states import FailureCode
from generation.worker.start import SourceGone
from videos.storage import StorageFailed

# The disk's own errors. Other errors of the operating system while encoding are the encoder's.
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.EMFILE, errno.ENFILE}


class ModelGone(Exception):
    """The catalogue no longer has the model that was asked for."""


def failure_code(error: BaseException, stage: Stage) -> FailureCode:
    """Why an attempt failed, from what was raised and what was being done."""
    if _is_out_of_memory(error):
        return FailureCode.OUT_OF_MEMORY
    if isinstance(error, ModelGone | CheckpointUnavailable | CatalogueError):
        return FailureCode.MODEL_GONE
    if isinstance(error, SourceGone):
        return FailureCode.SOURCE_GONE
    if stage == Stage.STORE or (stage == Stage.LOAD and isinstance(error, StorageFailed)):
        return FailureCode.STORAGE
    if stage == Stage.ENCODE:
        on_disk = isinstance(error, OSError) and error.errno in DISK_ERRORS
        return FailureCode.STORAGE if on_disk else FailureCode.ENCODE
    return FailureCode.ENGINE


def is_device_lost(error: BaseException) -> bool:
    """Whether the GPU itself gave up: it was reset, fell off its bus, or a kernel broke its memory.

    CUDA then refuses every later call of this process, so neither the prompt nor the next one can be blamed. (Torch's
    class for all of CUDA's errors but a full memory, by its name: this module is imported where torch is not.)
    """
    return type(error).__name__ == "AcceleratorError"


def describe(error: BaseException) -> str:
    """Type and place of an error and of its causes: "OSError ENOSPC at storage.py:83 in _write"."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(lines) < 5:
        lines.append(_describe_one(seen))
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "\n".join(lines)


def _describe_one(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, OSError) and error.errno is not None:
        name = f"{name} {errno.errorcode.get(error.errno, error.errno)}"
    places = traceback.extract_tb(error.__traceback__)
    if not places:
        return name
    last = places[-1]
    return f"{name} at {Path(last.filename).name}:{last.lineno} in {last.name}"


def _is_out_of_memory(error: BaseException) -> bool:
    # torch's own class by its name: this module is imported where torch is not.
    return isinstance(error, MemoryError | OutOfMemory) or type(error).__name__ == "OutOfMemoryError"
