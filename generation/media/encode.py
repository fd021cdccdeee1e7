"""One pass over the frames: each is cut, scaled, encoded and forgotten."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import av

from generation.media.codecs import H264
from generation.media.errors import EncodeError
from generation.media.geometry import MP4_SIDES, storyboard
from generation.media.movie import Movie
from generation.media.picture import Cutter, Frame, Scaler
from generation.media.second import SecondFilm
from generation.media.sound import Sound, add_sound
from generation.media.stills import Stills

log = logging.getLogger(__name__)

TRIES = 3  # at the second film; one in some hundreds fails, see `second`


@dataclass(frozen=True, slots=True)
class EncodedVideo:
    """Files on the disk, written through to it. `timings` (seconds): encode, without the wait for frames."""

    original: Path  # MP4, H.264
    poster: Path  # WebP, of the video's own size
    storyboard: Path  # WebP, laid out as `geometry.storyboard` says
    timings: dict[str, float]
    av1: Path | None = None  # MP4, AV1, when it was asked for and its encoder could be brought to make it

    @property
    def films(self) -> list[Path]:
        return [self.original, self.av1] if self.av1 else [self.original]


def encode(
    frames: Iterable[Frame],
    *,
    folder: Path,
    width: int,
    height: int,
    fps: int,
    frame_count: int,
    av1: bool = False,
    sound: Callable[[], Sound | None] | None = None,
    stay: Callable[[], None] = lambda: None,
) -> EncodedVideo:
    """Makes exactly `frame_count` frames of `width` × `height` at `fps` from native ones, in `folder`.

    Frames of another aspect are cut in the middle, never distorted; of another size, scaled. Surplus frames are left
    out. `av1`: the same film a second time, in AV1; `stay` is called now and again while only that one is worked at.
    `sound` is asked when the frames have ended; what it gives is cut or followed by silence to the film's length, and
    None leaves the film silent. Raises EncodeError when the request, the frames or the sound are wrong, OSError when
    the disk is, and lets errors of `frames`, `sound` and `stay` through. Files of a failed encode are the caller's to
    remove, with the folder.
    """
    _check(width=width, height=height, fps=fps, frame_count=frame_count)
    started = time.perf_counter()
    waiting = _Waiting(frames)
    result = EncodedVideo(folder / "original.mp4", folder / "poster.webp", folder / "storyboard.webp", {})
    size = {"width": width, "height": height, "fps": fps, "frame_count": frame_count}
    second = SecondFilm(folder / "av1.mp4", **size, stay=stay) if av1 else None
    try:
        with second or nullcontext():
            _encode_pictures(waiting, result, second, **size)
        if second and (second.is_whole or _made_from_first(second, result.original, stay)):
            result = replace(result, av1=second.path)
        heard = sound() if sound else None
        if heard is not None:
            for film in result.films:
                add_sound(film, heard, fps=fps, frame_count=frame_count)
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise EncodeError(f"The encoder refused the frames: {error}.") from error
    _write_through(*result.films, result.poster, result.storyboard, folder)
    result.timings["encode"] = time.perf_counter() - started - waiting.seconds
    return result


def _encode_pictures(
    frames: Iterator[Frame],
    result: EncodedVideo,
    second: SecondFilm | None,
    *,
    width: int,
    height: int,
    fps: int,
    frame_count: int,
) -> None:
    layout = storyboard(width=width, height=height, frame_count=frame_count)
    cutter = Cutter(width=width, height=height)
    scaler = Scaler(width=width, height=height, format="yuv420p")
    stills = Stills(width=width, height=height, frame_count=frame_count, layout=layout)
    with Movie(result.original, width=width, height=height, fps=fps, codec=H264) as movie:
        for index in range(frame_count):
            frame = next(frames, None)
            if frame is None:
                raise EncodeError(f"The frames ended after {index} of {frame_count}.")
            picture = cutter.cut(frame)
            scaled = scaler.scale(picture)
            movie.add(scaled)
            if second:
                second.add(scaled)
            stills.see(index, picture)
    stills.save(poster=result.poster, storyboard=result.storyboard)


def _made_from_first(second: SecondFilm, original: Path, stay: Callable[[], None]) -> bool:
    """The frames are gone; the first film shows them as well as any. After a few tries it stays the only one."""
    for _ in range(TRIES - 1):
        with second, av.open(str(original)) as first:
            for picture in first.decode(video=0):
                stay()
                second.add(picture)
        if second.is_whole:
            return True
    log.warning("The encoder for AV1 has failed %d times at one film, which stays without its second copy.", TRIES)
    second.path.unlink(missing_ok=True)
    return False


def _check(*, width: int, height: int, fps: int, frame_count: int) -> None:
    if width not in MP4_SIDES or height not in MP4_SIDES:
        raise EncodeError(
            f"{width}x{height} cannot be encoded: both sides must be even and from "
            f"{MP4_SIDES.start} to {MP4_SIDES.stop - 1} pixels."
        )
    if fps < 1 or frame_count < 1:
        raise EncodeError(f"{frame_count} frames at {fps} a second make no video.")


class _Waiting(Iterator[Frame]):
    """Passes frames on and counts the seconds that their maker takes: those are the decoder's, not ours."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self._frames = iter(frames)
        self.seconds = 0.0

    def __next__(self) -> Frame:
        started = time.perf_counter()
        try:
            return next(self._frames)
        finally:
            self.seconds += time.perf_counter() - started


def _write_through(*paths: Path) -> None:
    """A row in the database may soon say that these exist, so they must outlive a power cut."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
