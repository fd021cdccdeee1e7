"""From a catalogue entry to its engine. The catalogue holds dotted strings, so only a worker ever imports torch."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from generation.catalogue import CatalogueEntry, CatalogueError
from generation.engines.base import Engine


def create(entry: CatalogueEntry) -> Engine:
    """A fresh engine, not loaded yet."""
    engine: Engine = engine_class(entry)()
    return engine


def engine_class(entry: CatalogueEntry) -> Any:
    """The class that the entry names; raises CatalogueError."""
    module_name, _, class_name = entry.engine.partition(":")
    try:
        return getattr(import_module(module_name), class_name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise CatalogueError(f"The catalogue's entry {entry.key!r}: no engine {entry.engine}: {error}.") from error
