"""The size and length that a model renders itself, from what was asked for. Pure arithmetic.

A clip of 10 s at 1080p is 6 GB as float32, and never lies in memory as such: an engine hands its pictures on a few at a
time. Where a VAE cannot (each picture looks at all others, or the tiles of one are of the whole film), the whole film
is there at once, at native size; so an entry of such an engine may not render more than MOST_AT_ONCE natively, and
anything larger comes from scaling its pictures one by one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from generation.catalogue.entry import CatalogueEntry

FLOAT32 = 4  # bytes
MOST_AT_ONCE = 2 * 1024**3  # bytes of a film's pictures
# Those that decode in stretches of a fixed length, tiled or not. Any other engine decodes whole, at least once it has
# to save memory and tiles its VAE.
IN_STRETCHES = frozenset(
    {
        "generation.engines.demo:DemoEngine",
        "generation.engines.kandinsky:Kandinsky5Engine",
        "generation.engines.ltx:LTX2Engine",
    }
)


@dataclass(frozen=True, slots=True)
class Native:
    """Pixels and frames of the model's own output; it is cut to the asked aspect, scaled and shortened afterwards."""

    width: int
    height: int
    frames: int

    @property
    def size_bytes(self) -> int:
        """Of its pictures, as float32."""
        return 3 * self.width * self.height * self.frames * FLOAT32


def native_size(entry: CatalogueEntry, *, width: int, height: int, frame_count: int) -> Native:
    """The smallest valid size that holds the asked aspect with the entry's long side (or less, if less was asked)."""
    scale = min(1.0, entry.native_long_side / max(width, height))
    steps = math.ceil((frame_count - 1) / entry.frame_multiple)
    return Native(
        width=_up(width * scale, entry.native_multiple),
        height=_up(height * scale, entry.native_multiple),
        frames=steps * entry.frame_multiple + 1,
    )


def largest(entry: CatalogueEntry) -> Native:
    """The largest that an artist may ask of it, as it is rendered."""
    sides = [tuple(int(side) for side in size.split("x")) for size in entry.sizes]
    frame_count = max(entry.seconds) * max(entry.frame_rates)
    every = (native_size(entry, width=wide, height=high, frame_count=frame_count) for wide, high in sides)
    return max(every, key=lambda size: size.size_bytes)


def too_much_at_once(entry: CatalogueEntry) -> str:
    """The end of a sentence that says why the entry's largest film cannot be decoded; "" when it can."""
    size = largest(entry)
    if entry.engine in IN_STRETCHES or size.size_bytes <= MOST_AT_ONCE:
        return ""
    return (
        f"its engine decodes a film whole, and {size.frames} frames of {size.width}x{size.height} would be "
        f"{size.size_bytes / 1024**3:.1f} GiB; at most {MOST_AT_ONCE // 1024**3} GiB may be: lower native_long_side, "
        "seconds or frame_rates"
    )


def _up(length: float, multiple: int) -> int:
    # Rounded first: 320 * (160 / 320) must not become 176 for a last binary digit.
    return max(1, math.ceil(round(length, 6) / multiple)) * multiple
