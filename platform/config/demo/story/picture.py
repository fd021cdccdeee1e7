"""What a video file really holds, by decoding all of it: its format, and what is to be seen in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

APART = 60  # of 255: so much more than the other two is a colour clearly itself
SHIFT = 0.05  # of the width, from the first frame to the last: more than a film that stands still could tremble


def facts(file: Path) -> dict[str, Any]:
    """Size, rate, frames that decode, codec, pixel format, and whether it can be played before it has come whole."""
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        frames = sum(1 for _ in container.decode(stream))
        return {
            "width": stream.codec_context.width,
            "height": stream.codec_context.height,
            "fps": float(stream.average_rate or 0),
            "frames": frames,
            "codec": stream.codec_context.name,
            "pixels": stream.codec_context.pix_fmt,
            "faststart": _starts_fast(file.read_bytes()),
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """Red and blue, measured: the least part of a frame that they fill, and where the red is from frame to frame."""

    red: float
    blue: float
    places: tuple[
        float, ...
    ]  # of the red's centre in each frame, from 0 (left edge) to 1; nothing where nothing is red

    @property
    def goes_left(self) -> bool:
        """On the whole, and never back."""
        if not self.red or len(self.places) < 2:
            return False
        steps = np.diff(self.places)
        return bool(self.places[0] - self.places[-1] >= SHIFT and np.all(steps <= SHIFT / len(steps)))


def what_it_shows(file: Path) -> Shown:
    """Decodes every frame."""
    with av.open(str(file)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(container.streams.video[0])]
    reds, blues = zip(*(masks(frame) for frame in frames), strict=True)
    places = tuple(float(np.nonzero(red)[1].mean()) / red.shape[1] for red in reds if red.any())
    return Shown(
        red=min(float(red.mean()) for red in reds), blue=min(float(blue.mean()) for blue in blues), places=places
    )


def masks(frame: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which pixels are red, and which are blue."""
    red, green, blue = (frame[..., channel].astype(np.int16) for channel in range(3))
    return red - np.maximum(green, blue) > APART, blue - np.maximum(red, green) > APART


def _starts_fast(content: bytes) -> bool:
    """Whether the index (moov) stands before the pictures (mdat)."""
    return 0 <= content.find(b"moov") < content.find(b"mdat")
