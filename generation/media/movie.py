"""The MP4 without sound: yuv420p, BT.709, the index in front, exactly one size and one rate."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
from av.bitstream import BitStreamFilterContext
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from generation.media.codecs import Codec
from generation.media.errors import EncodeError

SECONDS_BETWEEN_KEYFRAMES = 2  # a reviewer who jumps waits for few frames
SOUND_RATE = 48_000


def container_options(fps: int) -> dict[str, str]:
    """bitexact: no software names, no dates. faststart: playing starts before the whole file is there.

    The film's own clock counts in parts of a second that frames and samples are whole numbers of: the usual thousandths
    would cut the last frame short.
    """
    timescale = str(math.lcm(fps, SOUND_RATE))
    return {"movflags": "+faststart", "fflags": "+bitexact", "movie_timescale": timescale}


class Movie:
    """A context manager that takes yuv420p frames of one size in order and writes them into `path`."""

    def __init__(self, path: Path, *, width: int, height: int, fps: int, codec: Codec) -> None:
        self._path, self._width, self._height, self._fps = path, width, height, fps
        self._codec = codec
        self._count = self._encoded = 0

    def __enter__(self) -> Self:
        self._container = av.open(str(self._path), "w", format="mp4", options=container_options(self._fps))
        self._stream = self._add_stream()
        notes = self._codec.without_notes
        self._without_notes = BitStreamFilterContext(notes, self._stream) if notes else None
        return self

    def _add_stream(self) -> Any:
        keyframes = {"g": str(SECONDS_BETWEEN_KEYFRAMES * self._fps), "flags": "+bitexact"}
        stream: Any = self._container.add_stream(
            self._codec.encoder, rate=self._fps, options={**self._codec.options, **keyframes}
        )
        stream.width, stream.height, stream.pix_fmt = self._width, self._height, "yuv420p"
        stream.time_base = Fraction(1, self._fps)
        codec = stream.codec_context
        codec.time_base = Fraction(1, self._fps)
        codec.color_primaries = ColorPrimaries.BT709
        codec.color_trc = ColorTrc.BT709
        codec.colorspace = Colorspace.ITU709
        codec.color_range = ColorRange.MPEG
        return stream

    def add(self, picture: Any) -> None:
        """Hands one frame to the encoder, which works on in its own threads."""
        picture.pts, picture.time_base = self._count, Fraction(1, self._fps)
        self._count += 1
        self._mux(self._stream.encode(picture))

    def finish(self) -> None:
        """Writes what the encoder still holds, and the index. EncodeError when it has lost frames."""
        try:
            self._mux(self._stream.encode())
            if self._without_notes is not None:
                self._container.mux(self._without_notes.filter(None))
            if self._encoded != self._count:
                raise EncodeError(f"The encoder gave {self._encoded} of {self._count} frames back.")
        finally:
            self._container.close()

    def _mux(self, packets: Iterable[Any]) -> None:
        for packet in packets:
            self._encoded += 1
            self._container.mux(packet if self._without_notes is None else self._without_notes.filter(packet))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
            return
        with suppress(OSError, av.FFmpegError):  # the first error is the one to tell
            self._container.close()
