"""The share copy: the original's streams in a new container that says nothing about how it was made."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import av
from av.bitstream import BitStreamFilterContext

LEAST_CLOCK = 1_000  # ticks a second
MOST_CLOCK = 10_000_000  # 32 bits of them last for seven minutes
# H.264 unit type 6 carries free text (the encoder's name and settings among it) and no pictures.
WITHOUT_SEI = "filter_units=remove_types=6"


def clean_copy(source: Any, target: Path) -> None:
    """Write `source` (a seekable MP4) to `target`: packets copied, metadata dropped, index first.

    The same source gives the same bytes: "bitexact" leaves out the muxer's name, and no time is written. The format
    is fixed rather than guessed, so that a file can never be taken for a playlist that names other files.
    """
    with (
        av.open(source, "r", format="mp4") as original,
        av.open(str(target), "w", format="mp4", container_options=_options(original)) as copy,
    ):
        pairs = {}
        filters = {}
        for stream in (*original.streams.video, *original.streams.audio):
            pairs[stream.index] = copy.add_stream_from_template(stream)
            if stream.codec_context.name == "h264":
                filters[stream.index] = BitStreamFilterContext(WITHOUT_SEI, stream)
        copy.metadata.clear()
        for packet in original.demux(*original.streams.video, *original.streams.audio):
            if packet.dts is None:
                continue  # the end of a stream
            index = packet.stream.index
            for kept in filters[index].filter(packet) if index in filters else (packet,):
                kept.stream = pairs[index]
                copy.mux(kept)


def _options(original: Any) -> dict[str, str]:
    """The clock counts in parts of a second that frames and samples are whole numbers of: none is cut short."""
    rates = [int(stream.average_rate or 1) for stream in original.streams.video]
    rates += [stream.rate for stream in original.streams.audio]
    clock = math.lcm(*rates, LEAST_CLOCK)
    return {
        "movflags": "+faststart",
        "fflags": "+bitexact",
        "movie_timescale": str(clock if clock <= MOST_CLOCK else LEAST_CLOCK),
    }
