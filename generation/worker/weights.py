"""The weights that a worker finds on its machine: what it can run with them, and when it must not begin."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from generation.catalogue import CatalogueEntry
from generation.engines.checkpoint import is_here, unavailable


def with_weights(entries: Iterable[CatalogueEntry]) -> list[CatalogueEntry]:
    """Those that were pulled, and those that are made here: an engine says itself when it finds nothing."""
    return [entry for entry in entries if not entry.repository or is_here(entry, Path(settings.MODELS_DIR))]


def refusal(entries: Iterable[CatalogueEntry]) -> str:
    """Why a worker for these entries must not begin, in one sentence; "" when it may.

    Weights that were never pulled only narrow what it takes. Weights that are not what was pulled stop it: nobody
    should learn of them from a film.
    """
    wanted = list(entries)
    here = with_weights(wanted)
    if wanted and not here:
        keys = ", ".join(entry.key for entry in wanted)
        return f"None of this worker's models has weights in {settings.MODELS_DIR}: pull one of {keys}."
    models_dir = Path(settings.MODELS_DIR)
    sentences = unavailable([entry for entry in here if is_here(entry, models_dir)], models_dir)
    return next(iter(sentences.values()), "")
