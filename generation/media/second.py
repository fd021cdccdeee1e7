"""The film a second time, in AV1, by a process of its own.

SVT-AV1 (4.1, which PyAV brings) loses or swaps pictures now and then where they come faster than its threads get on,
and then its last call waits for ever: one film in some three hundred, where eight were encoded at a time on two cores,
whatever its settings. Nothing can interrupt such a call, but a process can be ended, and the film be tried again.
"""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "generation.media.second_process")


class SecondFilm:
    """A context manager that takes the yuv420p frames that `Movie` takes. At its end `is_whole` says whether `path` is
    a film: whatever the encoder does is no error. OSError when the disk is at fault.
    """

    def __init__(self, path: Path, *, width: int, height: int, fps: int, frame_count: int) -> None:
        self._path = path
        self._numbers = (width, height, fps, frame_count)
        self.is_whole = False

    def __enter__(self) -> Self:
        self._is_reading = True
        # Our own process group: whoever ends this process with it ends that one too.
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter, a path and four numbers
            [*COMMAND, str(self._path), *map(str, self._numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": str(ROOT)},  # and no secret of ours
        )
        return self

    def add(self, picture: Any) -> None:
        """Waits while the encoder has enough to do. Once it has ended, pictures go nowhere."""
        if self._is_reading:
            try:
                self._input.write(picture.to_ndarray().data)
            except BrokenPipeError:
                self._is_reading = False

    def finish(self) -> None:
        try:
            self._input.close()
        except BrokenPipeError:
            self._is_reading = False
        code = self._process.wait()
        if code == os.EX_IOERR:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(self._path))
        self.is_whole = code == 0

    def remove(self) -> None:
        """What a failed try may have left."""
        self._path.unlink(missing_ok=True)

    @property
    def _input(self) -> Any:
        return self._process.stdin

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
            return
        self._process.kill()
        self._process.communicate()
