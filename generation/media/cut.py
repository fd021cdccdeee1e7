"""The middle of a film: its frames from one to another, encoded as every film here is, with the sound that belongs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace

from generation.media.encode import EncodedVideo, encode
from generation.media.errors import DecodeError
from generation.media.movie import SOUND_RATE
from generation.media.picture import EXACT, Frame
from generation.media.sound import Samples


@dataclass(frozen=True, slots=True)
class Part:
    """The frames from `first` to `last` (both in, counted from 0) of a film of `width` × `height` at `fps`."""

    first: int
    last: int
    width: int
    height: int
    fps: int

    @property
    def count(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class CutSound:
    """Samples as `encode` takes them."""

    samples: Samples
    rate: int = SOUND_RATE


def cut(
    file: IO[bytes], part: Part, *, folder: Path, av1: bool = False, tell: Callable[[int], None] = lambda done: None
) -> EncodedVideo:
    """Encode a part of an MP4 of ours into `folder`, a frame at a time; `tell` hears how many are done.

    DecodeError when the film cannot be read or is too short; the rest as `encode` raises it.
    """

    def sound() -> CutSound | None:
        file.seek(0)
        try:
            return _sound(file, part)
        except av.FFmpegError as error:
            raise DecodeError(f"The sound cannot be read: {error}.") from error

    return encode(
        _frames(file, part, tell),
        folder=folder,
        width=part.width,
        height=part.height,
        fps=part.fps,
        frame_count=part.count,
        av1=av1,
        sound=sound,
        stay=lambda: tell(part.count),
    )


def _frames(file: IO[bytes], part: Part, tell: Callable[[int], None]) -> Iterator[Frame]:
    index = -1
    try:
        # The format is fixed rather than guessed: the file can never be taken for a playlist that names other files.
        with av.open(file, "r", format="mp4") as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            for index, picture in enumerate(container.decode(stream)):
                if index >= part.first:
                    tell(index - part.first)
                    yield _shown(picture)
                if index == part.last:
                    return
    except (av.FFmpegError, IndexError) as error:
        if isinstance(error, OSError):
            raise
        raise DecodeError(f"The film cannot be read: {error}.") from error
    raise DecodeError(f"The film ends with frame {index}, before frame {part.last}.")


def _shown(picture: Any) -> Frame:
    shown: Frame = picture.reformat(
        format="rgb24",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=EXACT,
    ).to_ndarray()
    return shown


def _sound(file: IO[bytes], part: Part) -> CutSound | None:
    """What is heard during the part, each sample at its own time; None when the film is silent."""
    start = round(Fraction(part.first * SOUND_RATE, part.fps))
    samples: Samples = np.zeros((2, round(Fraction(part.count * SOUND_RATE, part.fps))), np.float32)
    with av.open(file, "r", format="mp4") as container:
        if not container.streams.audio:
            return None
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SOUND_RATE)
        for frame in container.decode(container.streams.audio[0]):
            for made in resampler.resample(frame):
                _lay(samples, made.to_ndarray(), round(Fraction(made.pts * made.time_base * SOUND_RATE)) - start)
    return CutSound(samples)


def _lay(samples: Samples, block: Samples, place: int) -> None:
    """Put a block where it belongs; what lies outside the part is left out."""
    block = block[:, max(0, -place) :]
    place = max(0, place)
    block = block[:, : max(0, samples.shape[1] - place)]
    samples[:, place : place + block.shape[1]] = block
