"""Decoded frames in the attempt's scratch folder, so that an engine which must not decode beside a render is free for
the next one as soon as it has decoded, and not only when all is encoded. A clip of 10 s at 1080p takes 1.5 GB there.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np

from generation.engines.base import Frame, Rendered

FILE = "frames.raw"


def has_room(folder: Path, rendered: Rendered) -> bool:
    """Whether as much is left for everybody else as the frames will take."""
    frames = 3 * rendered.native_width * rendered.native_height * rendered.native_frames
    return shutil.disk_usage(folder).free > 2 * frames


def spooled(frames: Generator[Frame], count: int, folder: Path) -> Iterator[Frame]:
    """At most so many of the frames, of one size, again; `frames` is at its end before the first one comes."""
    with (folder / FILE).open("w+b") as file:
        shape: tuple[int, ...] = ()
        with closing(frames):
            for frame in islice(frames, count):
                shape = frame.shape
                # Not `tofile`: of a full disk it would not say what it is.
                file.write(np.ascontiguousarray(frame).data.cast("B"))
        file.seek(0)
        # Without a name, the disk has it back when the last reader is gone, however that ends.
        (folder / FILE).unlink()
        while shape:
            again = np.empty(shape, np.uint8)
            if not file.readinto(again.data.cast("B")):
                return
            yield again
