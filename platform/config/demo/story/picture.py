"""What a video file really holds, by decoding all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av


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


def _starts_fast(content: bytes) -> bool:
    """Whether the index (moov) stands before the pictures (mdat)."""
    return 0 <= content.find(b"moov") < content.find(b"mdat")
