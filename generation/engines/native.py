"""The size and length that a model renders itself, from what was asked for. Pure arithmetic, no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

from generation.catalogue import CatalogueEntry
from generation.engines.base import EngineRequest


@dataclass(frozen=True, slots=True)
class Native:
    """Pixels and frames of the model's own output; it is cut to the asked aspect, scaled and shortened afterwards."""

    width: int
    height: int
    frames: int


def native(entry: CatalogueEntry, request: EngineRequest) -> Native:
    """The smallest valid size that holds the asked aspect with the entry's long side (or less, if less was asked)."""
    scale = min(1.0, entry.native_long_side / max(request.width, request.height))
    steps = math.ceil((request.frame_count - 1) / entry.frame_multiple)
    return Native(
        width=_up(request.width * scale, entry.native_multiple),
        height=_up(request.height * scale, entry.native_multiple),
        frames=steps * entry.frame_multiple + 1,
    )


def _up(length: float, multiple: int) -> int:
    # Rounded first: 320 * (160 / 320) must not become 176 for a last binary digit.
    return max(1, math.ceil(round(length, 6) / multiple)) * multiple
