"""From the repository to the folder of models, where workers look for checkpoints. No torch."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from generation.checkpoints.manifest import REVISION_FILE
from generation.engines.checkpoint import digest, noted_revision

CHECKPOINT = "demo"
WEIGHTS = Path(__file__).resolve().parent / "weights"


def is_placed(models_dir: Path) -> bool:
    """Whether the checkpoint is there, whole, and the repository's own."""
    folder = models_dir / CHECKPOINT
    revision = noted_revision(folder)
    return revision is not None and revision == digest(folder) == digest(WEIGHTS)


def place(models_dir: Path) -> Path:
    """The checkpoint's folder, copied unless it is there already. Of two at once, the first to finish wins."""
    folder = models_dir / CHECKPOINT
    if is_placed(models_dir):
        return folder
    models_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{CHECKPOINT}-", dir=models_dir) as scratch:
        fresh = Path(scratch) / "fresh"
        shutil.copytree(WEIGHTS, fresh)
        (fresh / REVISION_FILE).write_text(digest(fresh) + "\n", encoding="ascii")
        if folder.exists():
            folder.rename(Path(scratch) / "former")
        try:
            fresh.rename(folder)
        except OSError:
            if not is_placed(models_dir):
                raise
    return folder
