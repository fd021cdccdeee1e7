"""The models on offer: read once from the operator's TOML file and checked key by key.

Nothing here needs torch: pages and the API ask it what may be asked for and what it costs. Texts are plain English;
whoever shows them passes them through gettext.
"""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from generation.catalogue.entry import (
    LOCAL_REVISION,
    LOCKED_REVISION,
    MODES,
    POOLS,
    CatalogueEntry,
    CatalogueError,
    EngineOptions,
    Lora,
    StepCache,
)
from generation.catalogue.reading import read

__all__ = [
    "LOCAL_REVISION",
    "LOCKED_REVISION",
    "MODES",
    "POOLS",
    "CatalogueEntry",
    "CatalogueError",
    "EngineOptions",
    "Lora",
    "StepCache",
    "dimensions",
    "entries",
    "get",
    "price",
]

UNIT_PIXELS = 640 * 360  # the size that costs `cost_factor` credits a second


def entries() -> tuple[CatalogueEntry, ...]:
    """Every entry, in the file's order."""
    return read(Path(settings.CATALOGUE_FILE))


def get(key: str) -> CatalogueEntry | None:
    return next((entry for entry in entries() if entry.key == key), None)


def dimensions(size: str) -> tuple[int, int]:
    """Width and height in pixels of an entry's size: "640x360" -> (640, 360)."""
    width, height = size.split("x")
    return int(width), int(height)


def price(*, entry: CatalogueEntry, width: int, height: int, seconds: int) -> int:
    """Credits: seconds × size factor × cost factor, rounded up. The size factor goes up in quarters, from 1."""
    quarters = max(4, -(-4 * width * height // UNIT_PIXELS))
    return math.ceil(Decimal(seconds * quarters) / 4 * entry.cost_factor)
