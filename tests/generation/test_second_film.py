"""The film in AV1 is made by a process of its own, which may fail without taking the film with it."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from generation.media import EncodeError, encode, second, second_process
from generation.media.codecs import H264
from generation.media.movie import Movie
from generation.media.picture import Scaler
from generation.media.second import SecondFilm
from tests.generation.test_media import decoded, moving

WIDTH, HEIGHT, FPS = 160, 96, 8
FILM = {"width": WIDTH, "height": HEIGHT, "fps": FPS}


@pytest.fixture(autouse=True)
def _no_alarm() -> Iterator[None]:
    """What is tried of the other process in this one leaves that one's alarm set."""
    yield
    signal.alarm(0)


def pictures(count: int) -> list[av.VideoFrame]:
    """As the encoders take them."""
    scaler = Scaler(width=WIDTH, height=HEIGHT, format="yuv420p")
    return [scaler.scale(av.VideoFrame.from_ndarray(frame, "rgb24")) for frame in moving(count, WIDTH, HEIGHT)]


def both_films(folder: Path, count: int = 16):
    return encode(moving(count, WIDTH, HEIGHT), folder=folder, frame_count=count, av1=True, **FILM)


def instead(monkeypatch, script: str) -> None:
    """This runs in the place of the encoder's process, with its arguments and its input."""
    monkeypatch.setattr(second, "COMMAND", (sys.executable, "-c", script))


def test_it_comes_from_the_encoder_that_was_measured(tmp_path: Path, monkeypatch):
    """FFmpeg has several for AV1, and some of them take minutes for what this one does in seconds."""
    used = []

    class Noted(Movie):
        def __enter__(self):
            entered = super().__enter__()
            used.append(self._stream.codec_context.codec.name)
            return entered

    monkeypatch.setattr(second_process, "Movie", Noted)
    raw = b"".join(picture.to_ndarray().tobytes() for picture in pictures(4))
    second_process.write(io.BytesIO(raw), tmp_path / "av1.mp4", frame_count=4, **FILM)
    assert used == ["libsvtav1"]
    assert len(decoded(tmp_path / "av1.mp4")) == 4


@pytest.mark.parametrize(
    "script", ["raise SystemExit(1)", "import os; os.kill(os.getpid(), 9)"], ids=["gives up", "is killed"]
)
def test_without_it_the_film_stands_alone(tmp_path: Path, monkeypatch, caplog, script):
    alone = encode(moving(16, WIDTH, HEIGHT), folder=tmp_path, frame_count=16, **FILM).original.read_bytes()
    instead(monkeypatch, f"import sys; open(sys.argv[1], 'wb').write(b'half'); {script}")
    made = both_films(tmp_path)
    assert made.av1 is None
    assert made.films == [made.original]
    assert made.original.read_bytes() == alone
    assert sorted(path.name for path in tmp_path.iterdir()) == ["original.mp4", "poster.webp", "storyboard.webp"]
    assert "has failed 3 times" in caplog.text


def test_a_second_try_takes_its_pictures_from_the_first_film(tmp_path: Path, monkeypatch):
    script = """
import pathlib, runpy, sys
mark = pathlib.Path(sys.argv[1]).parent / "tried"
if mark.exists():
    runpy.run_module("generation.media.second_process", run_name="__main__")
else:
    mark.touch()
    raise SystemExit(1)
"""
    instead(monkeypatch, script)
    made = both_films(tmp_path, 121)
    assert (tmp_path / "tried").exists()
    assert made.av1
    error = np.stack(decoded(made.av1)).astype(float) - np.stack(list(moving(121, WIDTH, HEIGHT)))
    assert 10 * np.log10(255**2 / (error**2).mean()) > 34  # decibels PSNR


def test_where_no_process_can_be_started_the_film_stands_alone_too(tmp_path: Path, monkeypatch, caplog):
    def no_room(*_arguments, **_options):
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(second.subprocess, "Popen", no_room)
    assert both_films(tmp_path).av1 is None
    assert "cannot be started: Resource temporarily unavailable" in caplog.text


def test_whoever_waits_for_it_alone_says_that_they_are_there(tmp_path: Path, monkeypatch):
    """A lease is renewed meanwhile, and a film that nobody wants any more is not waited for."""
    monkeypatch.setattr(second, "BETWEEN_LOOKS", 0.01)
    instead(monkeypatch, "import sys, time; sys.stdin.buffer.read(); time.sleep(1000)")
    signs = []

    def stay() -> None:
        signs.append(time.monotonic())
        if len(signs) == 5:
            raise InterruptedError

    film = SecondFilm(tmp_path / "av1.mp4", frame_count=1, **FILM, stay=stay)
    with pytest.raises(InterruptedError), film:
        film.add(*pictures(1))
    assert len(signs) == 5
    with pytest.raises(ChildProcessError):
        os.waitpid(film._process.pid, os.WNOHANG)


def test_each_picture_of_a_second_try_is_a_sign_too(tmp_path: Path, monkeypatch):
    instead(monkeypatch, "raise SystemExit(1)")
    signs: list[int] = []
    frames = moving(16, WIDTH, HEIGHT)
    encode(frames, folder=tmp_path, frame_count=16, av1=True, **FILM, stay=lambda: signs.append(1))
    assert len(signs) >= 2 * 16


def test_an_encoder_that_is_stuck_ends_itself(tmp_path: Path, monkeypatch):
    script = """
import ctypes
from generation.media import second_process
second_process.PATIENCE = 1
# As the encoder is stuck: in a call that knows nothing of Python.
second_process.Movie.add = lambda movie, picture: ctypes.CDLL(None).sleep(1000)
second_process.main()
"""
    instead(monkeypatch, script)
    began = time.monotonic()
    with SecondFilm(tmp_path / "av1.mp4", frame_count=400, **FILM, stay=int) as film:
        for picture in pictures(1) * 400:  # more than the pipe holds
            film.add(picture)
    assert not film.is_whole
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_it_is_finished_although_everybody_is_asked_to_stop(tmp_path: Path, monkeypatch, asked: signal.Signals):
    """Both are sent to whole groups of processes, and their worker goes on to the end of what it renders."""
    script = """
from generation.media import second_process
second_process.write = lambda pictures, path, **film: path.write_bytes(pictures.read(1)) and pictures.read()
second_process.main()
"""
    instead(monkeypatch, script)
    with SecondFilm(tmp_path / "av1.mp4", frame_count=20, **FILM, stay=int) as film:
        for picture in pictures(20):  # more than the pipe holds: it has begun to read
            film.add(picture)
        film._process.send_signal(asked)
    assert film.is_whole


def test_a_slow_decoder_is_no_stuck_encoder(tmp_path: Path, monkeypatch):
    instead(monkeypatch, "from generation.media import second_process as p; p.PATIENCE = 1; p.main()")
    with SecondFilm(tmp_path / "av1.mp4", frame_count=2, **FILM, stay=int) as film:
        for picture in pictures(2):
            time.sleep(1.5)
            film.add(picture)
    assert film.is_whole


def test_a_disk_at_fault_is_an_error_of_the_system(tmp_path: Path):
    with (
        pytest.raises(OSError, match="Input/output error"),
        SecondFilm(tmp_path / "nowhere" / "av1.mp4", frame_count=1, **FILM, stay=int) as film,
    ):
        film.add(*pictures(1))


def test_when_the_frames_fail_nothing_runs_on(tmp_path: Path):
    film = SecondFilm(tmp_path / "av1.mp4", frame_count=16, **FILM, stay=int)

    def fails_after_one() -> None:
        with film:
            film.add(*pictures(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_after_one()
    with pytest.raises(ChildProcessError):
        os.waitpid(film._process.pid, os.WNOHANG)


def test_an_input_that_ends_early_makes_no_film(tmp_path: Path):
    """As where the process that decodes has been killed."""
    with pytest.raises(EOFError):
        second_process.write(io.BytesIO(bytes(100)), tmp_path / "av1.mp4", frame_count=1, **FILM)


class Loses:
    """An encoder that drops one of its packets."""

    def __init__(self, stream) -> None:
        self.stream = stream

    def encode(self, *picture):
        packets = self.stream.encode(*picture)
        return packets if picture else packets[:-1]


def test_a_lost_frame_is_no_film(tmp_path: Path):
    def write() -> None:
        with Movie(tmp_path / "a.mp4", codec=H264, **FILM) as film:
            film._stream = Loses(film._stream)
            for picture in pictures(16):
                film.add(picture)

    with pytest.raises(EncodeError, match="gave 15 of 16 frames back"):
        write()
