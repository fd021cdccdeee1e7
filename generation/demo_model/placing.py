"""From the repository to the folder of models, where workers look for checkpoints. No torch."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from generation.checkpoints.manifest import REVISION_FILE
from generation.engines.checkpoint import digest, noted_revision

CHECKPOINT = "demo"
WEIGHTS = Path(__file__).resolve().parent / "weights"
TRIES = 3  # of several at once, each of which may move the folder just when another looks at it


def is_placed(models_dir: Path) -> bool:
    """Whether the checkpoint is there, whole, and the repository's own."""
    folder = models_dir / CHECKPOINT
    revision = noted_revision(folder)
    try:
        return revision is not None and revision == digest(folder) == digest(WEIGHTS)
    except FileNotFoundError:  # somebody else is just replacing it
        return False


def place(models_dir: Path) -> Path:
    """The checkpoint's folder, copied unless it is there already. Of several at once, the first to finish wins."""
    folder = models_dir / CHECKPOINT
    models_dir.mkdir(parents=True, exist_ok=True)
    for tries_left in reversed(range(TRIES)):
        if is_placed(models_dir):
            break
        try:
            _replace(folder)
        except OSError:
            if not tries_left and not is_placed(models_dir):
                raise
    return folder


def _replace(folder: Path) -> None:
    """Whole or not at all: what is there is moved away, and the copy to its place."""
    with tempfile.TemporaryDirectory(prefix=f".{CHECKPOINT}-", dir=folder.parent) as scratch:
        fresh = Path(scratch) / "fresh"
        shutil.copytree(WEIGHTS, fresh)
        (fresh / REVISION_FILE).write_text(digest(fresh) + "\n", encoding="ascii")
        if folder.exists() and not is_placed(folder.parent):
            folder.rename(Path(scratch) / "former")
        fresh.rename(folder)
