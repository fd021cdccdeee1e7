"""The film a second time, in AV1, by a process of its own.

SVT-AV1 (4.1, which PyAV brings) loses or swaps pictures now and then where they come faster than its threads get on,
and then its last call waits for ever: one film in some three hundred, where eight were encoded at a time on two cores,
whatever its settings. Nothing can interrupt such a call, but a process can be ended, and the film be tried again.
"""

from __future__ import annotations

import errno
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "generation.media.second_process")
BETWEEN_LOOKS = 1.0  # seconds

log = logging.getLogger(__name__)


class SecondFilm:
    """A context manager that takes the yuv420p frames that `Movie` takes. At its end `is_whole` says whether `path` is
    a film: whatever the encoder does is no error. OSError when the disk is at fault. `stay` is called while the rest is
    waited for; what it raises ends the process.
    """

    def __init__(
        self, path: Path, *, width: int, height: int, fps: int, frame_count: int, stay: Callable[[], None]
    ) -> None:
        self.path, self._stay = path, stay
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = (width, height, fps, frame_count)
        self.is_whole = False

    def __enter__(self) -> Self:
        try:
            self._process = self._start()
        except OSError as error:  # a machine without room for one process more
            log.warning("The encoder for AV1 cannot be started: %s.", error.strerror)
            self._process = None
        self._is_reading = self._process is not None
        return self

    def _start(self) -> subprocess.Popen[bytes]:
        # Our own process group: whoever ends this process with it ends that one too.
        return subprocess.Popen(  # noqa: S603  our own interpreter, a path and four numbers
            [*COMMAND, str(self.path), *map(str, self._numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": str(ROOT)},  # and no secret of ours
        )

    def add(self, picture: Any) -> None:
        """Waits while the encoder has enough to do. Once it has ended, pictures go nowhere."""
        if self._process and self._is_reading:
            try:
                self._input(self._process).write(picture.to_ndarray().data)
            except BrokenPipeError:
                self._is_reading = False

    def finish(self) -> None:
        if self._process is None:
            return
        with suppress(BrokenPipeError):
            self._input(self._process).close()
        code = self._wait(self._process)
        if code == os.EX_IOERR:
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(self.path))
        self.is_whole = code == 0

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        while True:
            try:
                return process.wait(BETWEEN_LOOKS)
            except subprocess.TimeoutExpired:
                self._stay()

    @staticmethod
    def _input(process: subprocess.Popen[bytes]) -> Any:
        return process.stdin

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.finish()
        finally:
            if self._process and self._process.returncode is None:
                self._process.kill()
                self._process.communicate()
