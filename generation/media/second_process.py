"""Encodes one film in AV1 from raw pictures on standard input: `python -m generation.media.second_process`.

Its arguments: path, width, height, fps, frame count. Each picture is yuv420p, the planes one after another, without
padding. Exit codes: 0, the film is whole; EX_IOERR, the disk is at fault; anything else, there is no film.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np

from generation.media.codecs import AV1
from generation.media.movie import Movie

# Seconds for a picture, and for all that is left when it was the last one. SIGALRM, which Python has no part in, ends a
# process that is stuck in the encoder.
PATIENCE, PATIENCE_AT_THE_END = 30, 60


def main() -> None:
    path, *numbers = sys.argv[1:]
    width, height, fps, frame_count = map(int, numbers)
    # A worker that is asked to stop may finish its film first, and this one with it: the end of the input is the end.
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, signal.SIG_IGN)
    try:
        write(sys.stdin.buffer, Path(path), width=width, height=height, fps=fps, frame_count=frame_count)
    except OSError:
        sys.exit(os.EX_IOERR)


def write(pictures: BinaryIO, path: Path, *, width: int, height: int, fps: int, frame_count: int) -> None:
    """EOFError when pictures are missing; else as `Movie` raises it. Leaves the alarm set: the encoder's own end, when
    the film is forgotten, can hang too.
    """
    rows = height * 3 // 2
    with Movie(path, width=width, height=height, fps=fps, codec=AV1) as movie:
        for _ in range(frame_count):
            signal.alarm(0)  # the pictures may take their time
            data = pictures.read(rows * width)
            signal.alarm(PATIENCE)
            if len(data) < rows * width:
                raise EOFError
            movie.add(av.VideoFrame.from_ndarray(np.frombuffer(data, np.uint8).reshape(rows, width), "yuv420p"))
        signal.alarm(PATIENCE_AT_THE_END)


if __name__ == "__main__":
    main()
