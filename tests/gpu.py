"""Whether a test that is marked `gpu` can run here: it needs CUDA, and the weights of its entry in MODELS_DIR.

It looks for the device's file before torch is asked, which takes seconds to import.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from generation.catalogue import CatalogueEntry
from generation.catalogue.reading import read
from generation.engines.checkpoint import noted_revision


@lru_cache
def has_cuda() -> bool:
    if not Path("/dev/nvidiactl").exists():
        return False
    import torch

    return bool(torch.cuda.is_available())


def one_of_each_family() -> list[CatalogueEntry]:
    """Of the production catalogue: a family's first entry whose weights are here, or else its smallest."""
    families: dict[str, list[CatalogueEntry]] = {}
    for entry in sorted(read(settings.BASE_DIR / "deploy" / "catalogue.toml"), key=lambda entry: entry.memory_gib):
        families.setdefault(entry.engine, []).append(entry)
    return [next(filter(has_weights, entries), entries[0]) for entries in families.values()]


def has_weights(entry: CatalogueEntry) -> bool:
    return noted_revision(Path(settings.MODELS_DIR) / entry.checkpoint) is not None


def left_out() -> str:
    """What is said of the tests that cannot run; empty when all can."""
    if not has_cuda():
        return "Left out: tests marked gpu, since there is no CUDA device."
    missing = [entry.key for entry in one_of_each_family() if not has_weights(entry)]
    return f"Left out: tests marked gpu of {', '.join(missing)}: no weights in MODELS_DIR." if missing else ""
