"""The size and length that a request is rendered at. Pure arithmetic, no torch."""

from __future__ import annotations

from generation.catalogue import CatalogueEntry
from generation.catalogue.native import Native, native_size
from generation.engines.base import EngineRequest

__all__ = ["Native", "native"]


def native(entry: CatalogueEntry, request: EngineRequest) -> Native:
    """As the catalogue's rule has it."""
    return native_size(entry, width=request.width, height=request.height, frame_count=request.frame_count)
