"""Where one attempt keeps its files while it encodes: DATA_DIR/scratch/<attempt id>, gone when it is over."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.conf import settings

from generation.models import Attempt
from generation.states import AttemptState


@contextmanager
def scratch_folder(attempt: Attempt) -> Iterator[Path]:
    """The attempt's own empty folder, which only this process's user can read."""
    folder = _root() / str(attempt.pk)
    try:
        folder.mkdir(parents=True, mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep_scratch() -> int:
    """Remove what a killed process left behind: folders whose attempt runs no more. Says how many."""
    left = {folder.name: folder for folder in _root().glob("*") if folder.is_dir() and _is_id(folder.name)}
    running = Attempt.objects.filter(pk__in=left, state=AttemptState.RUNNING).values_list("pk", flat=True)
    dead = left.keys() - {str(pk) for pk in running}
    for name in dead:
        shutil.rmtree(left[name], ignore_errors=True)
    return len(dead)


def _root() -> Path:
    return Path(settings.DATA_DIR) / "scratch"


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
