"""The sound of a film: AAC, 48 kHz, stereo, exactly as long as the pictures."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
from numpy.typing import NDArray

from generation.media.errors import EncodeError
from generation.media.movie import SOUND_RATE as RATE
from generation.media.movie import container_options

BITS_A_SECOND = 160_000
LAYOUTS = {1: "mono", 2: "stereo"}
RATES = range(8_000, 192_001)

Samples = NDArray[np.float32]


class Sound(Protocol):
    """What a model gives: `samples` of channels × n from -1 to 1 (one channel or two), `rate` of them a second."""

    @property
    def samples(self) -> Samples: ...

    @property
    def rate(self) -> int: ...


def add_sound(film: Path, sound: Sound, *, fps: int, frame_count: int) -> None:
    """Puts the sound into the silent `film`: cut, or followed by silence, to the length of its frames.

    The pictures' packets are copied. EncodeError when it is no sound.
    """
    _check(sound)
    target = film.with_name(f"sounding-{film.name}")
    with (
        av.open(str(film), "r", format="mp4") as silent,
        av.open(str(target), "w", format="mp4", options=container_options(fps)) as whole,
    ):
        source = silent.streams.video[0]
        pictures = whole.add_stream_from_template(source, opaque=True)  # not to be encoded again
        track: Any = whole.add_stream("aac", rate=RATE, layout="stereo", options={"flags": "+bitexact"})
        track.bit_rate = BITS_A_SECOND
        tones = _encoded(track, sound, count=round(Fraction(frame_count * RATE, fps)))
        # In the order of time, so that a player finds both near each other.
        for packet in heapq.merge(_copied(silent, source, pictures), tones, key=_seconds):
            whole.mux(packet)
    os.replace(target, film)


def _check(sound: Sound) -> None:
    samples = sound.samples
    if samples.ndim != 2 or samples.shape[0] not in LAYOUTS:
        raise EncodeError(
            f"The sound has the shape {samples.shape}; it must be channels × samples, of 1 or 2 channels."
        )
    if sound.rate not in RATES:
        raise EncodeError(
            f"The sound has {sound.rate} samples a second; {RATES.start} to {RATES.stop - 1} can be read."
        )


def _seconds(packet: Any) -> Fraction:
    return Fraction(packet.dts * packet.time_base)


def _copied(silent: Any, source: Any, pictures: Any) -> Iterator[Any]:
    for packet in silent.demux(source):
        if packet.dts is not None:  # None: the end
            packet.stream = pictures
            yield packet


def _encoded(track: Any, sound: Sound, *, count: int) -> Iterator[Any]:
    done = 0
    for block in _of_length(_resampled(sound), count):
        frame = _frame(block, RATE)
        frame.pts, frame.time_base = done, Fraction(1, RATE)
        done += block.shape[1]
        yield from track.encode(frame)
    yield from track.encode()


def _resampled(sound: Sound) -> Iterator[Samples]:
    """The sound in stereo at 48 kHz, a second at a time."""
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
    for start in range(0, sound.samples.shape[1], sound.rate):
        block = sound.samples[:, start : start + sound.rate].astype(np.float32)
        # A model's slip must not become a blast in somebody's ears.
        frame = _frame(np.clip(np.nan_to_num(block), -1, 1), sound.rate)
        for made in resampler.resample(frame):
            yield made.to_ndarray()
    for made in resampler.resample(None):
        yield made.to_ndarray()


def _of_length(blocks: Iterator[Samples], count: int) -> Iterator[Samples]:
    """Exactly `count` samples: what is too much is left out, what is missing is silence."""
    for block in blocks:
        part = block[:, :count]
        count -= part.shape[1]
        if part.shape[1]:
            yield part
        if not count:
            return
    while count:
        part = np.zeros((2, min(count, RATE)), np.float32)
        count -= part.shape[1]
        yield part


def _frame(samples: Samples, rate: int) -> Any:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", LAYOUTS[samples.shape[0]])
    frame.sample_rate = rate
    return frame
