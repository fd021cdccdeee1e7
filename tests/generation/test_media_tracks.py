"""The second film in AV1, the sound in both, and the last frame read back: each decoded again by other means."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange

from generation import media
from generation.media import DecodeError, EncodeError
from tests.generation.test_media import atoms, decoded, moving, plain
from videos import remux

RATE = 48_000


@dataclass(frozen=True)
class Tone:
    """A sound as an engine gives it."""

    samples: np.ndarray
    rate: int


def tone(seconds: float, *, rate: int = 24_000, channels: int = 2, hertz: int = 440) -> Tone:
    wave = np.sin(np.arange(int(seconds * rate)) / rate * 2 * np.pi * hertz).astype(np.float32) / 2
    return Tone(np.repeat(wave[None], channels, axis=0), rate)


def encode(
    folder: Path, frames, *, width=320, height=192, fps=8, frame_count=16, av1=False, sound: Tone | None = None
) -> media.EncodedVideo:
    return media.encode(
        frames,
        folder=folder,
        width=width,
        height=height,
        fps=fps,
        frame_count=frame_count,
        av1=av1,
        sound=lambda: sound,
    )


def heard(path: Path) -> np.ndarray:
    """What a player plays: channels × samples at the track's own rate."""
    with av.open(str(path)) as container:
        (track,) = container.streams.audio
        assert (track.codec_context.name, track.rate, track.layout.name) == ("aac", RATE, "stereo")
        length = track.duration * track.time_base * RATE
        assert length.denominator == 1
        samples = np.concatenate([frame.to_ndarray() for frame in container.decode(track)], axis=1)
    # AAC comes in blocks of 1024; a player ends at the track's end.
    assert 0 <= samples.shape[1] - length < 1024
    return samples[:, : int(length)]


def loudness(samples: np.ndarray) -> np.ndarray:
    """Of each hundredth of a second."""
    hundredths = samples[:, : samples.shape[1] // 480 * 480].reshape(samples.shape[0], -1, 480)
    return np.sqrt((hundredths**2).mean(axis=(0, 2)))


def pts_of(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


# --- AV1 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "height", "fps", "frame_count"),
    [(1920, 1080, 24, 5), (1080, 1920, 24, 3), (576, 1024, 30, 7), (160, 96, 8, 1), (64, 64, 7, 33)],
)
def test_both_films_have_exactly_the_asked_size_rate_and_length(tmp_path, width, height, fps, frame_count):
    native = (192, 320) if height > width else (320, 192)
    video = encode(
        tmp_path,
        moving(frame_count, *native),
        width=width,
        height=height,
        fps=fps,
        frame_count=frame_count,
        av1=True,
        sound=tone(0.3),
    )
    for path, codec in ((video.original, "h264"), (video.av1, "av1")):
        with av.open(str(path)) as container:
            (pictures,) = container.streams.video
            (track,) = container.streams.audio
            assert (pictures.width, pictures.height, pictures.frames) == (width, height, frame_count)
            assert pictures.codec.canonical_name == codec
            assert pictures.average_rate == pictures.guessed_rate == fps
            assert pictures.duration * pictures.time_base == Fraction(frame_count, fps)
            assert track.duration * track.time_base == Fraction(round(RATE * frame_count / fps), RATE)
            frames = list(container.decode(pictures))
        assert {(frame.width, frame.height) for frame in frames} == {(width, height)}
        assert [frame.pts * frame.time_base for frame in frames] == [Fraction(n, fps) for n in range(frame_count)]
        assert {frame.rotation for frame in frames} == {0}


def test_the_second_film_has_the_same_pictures_and_colours(tmp_path: Path):
    video = encode(tmp_path, moving(16), av1=True)
    with av.open(str(video.av1)) as container:
        codec = container.streams.video[0].codec_context
        assert codec.pix_fmt == "yuv420p"
        assert (codec.color_primaries, codec.color_trc, codec.colorspace) == (1, 1, 1)  # BT.709, all three
        assert codec.color_range == ColorRange.MPEG
    error = np.stack(decoded(video.av1)).astype(float) - np.stack(list(moving(16)))
    assert 10 * np.log10(255**2 / (error**2).mean()) > 36  # decibels PSNR


def test_without_asking_there_is_no_second_film_and_no_sound(tmp_path: Path):
    video = encode(tmp_path, moving(16))
    assert video.av1 is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["original.mp4", "poster.webp", "storyboard.webp"]
    with av.open(str(video.original)) as container:
        assert not container.streams.audio


def test_the_second_film_leaves_the_first_one_as_it_is(tmp_path: Path):
    for name in "ab":
        (tmp_path / name).mkdir()
    alone, both = encode(tmp_path / "a", moving(16)), encode(tmp_path / "b", moving(16), av1=True)
    assert alone.original.read_bytes() == both.original.read_bytes()


def test_nothing_in_the_files_says_by_what_they_were_made_and_the_index_stands_in_front(tmp_path: Path):
    video = encode(tmp_path, moving(16), av1=True, sound=tone(2))
    for path in video.films:
        data = path.read_bytes()
        assert atoms(data).index("moov") < atoms(data).index("mdat")
        for word in (b"Lavf", b"Lavc", b"x264", b"SVT", b"svt", str(tmp_path).encode()):
            assert word not in data
        header = data.index(b"mvhd")
        assert data[header + 8 : header + 16] == bytes(8)  # created, changed


def test_equal_frames_and_sound_give_equal_bytes(tmp_path: Path):
    for name in "ab":
        (tmp_path / name).mkdir()
    one, two = (encode(tmp_path / name, moving(16), sound=tone(2)) for name in "ab")
    assert one.original.read_bytes() == two.original.read_bytes()


# --- Sound ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, 0.5, 2, 3.3], ids=["none", "short", "exact", "long"])
@pytest.mark.parametrize("rate", [16_000, 44_100, RATE])
def test_the_sound_is_as_long_as_the_pictures(tmp_path: Path, seconds: float, rate: int):
    samples = heard(encode(tmp_path, moving(16), sound=tone(seconds, rate=rate)).original)
    assert samples.shape == (2, 2 * RATE)
    loud = loudness(samples)
    end = round(min(seconds, 2) * 100)
    assert loud[2 : max(2, end - 2)] == pytest.approx(0.5 / 2**0.5, abs=0.03)
    assert loud[end + 3 :] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("frame_count", [1, 7, 17, 19])
def test_odd_lengths_keep_their_sound_to_the_sample(tmp_path: Path, frame_count: int):
    video = encode(
        tmp_path, moving(frame_count, 64, 64), width=64, height=64, fps=24, frame_count=frame_count, sound=tone(2)
    )
    assert heard(video.original).shape[1] == RATE * frame_count // 24
    assert pts_of(video.original) == [Fraction(n, 24) for n in range(frame_count)]


@pytest.mark.parametrize("at", [0.25, 1.0, 1.75])
def test_what_flashes_and_cracks_together_still_does(tmp_path: Path, at: float):
    frames = [np.full((96, 160, 3), 255 if number == round(at * 8) else 0, "uint8") for number in range(16)]
    sound = Tone(np.zeros((2, 2 * 44_100), np.float32), 44_100)
    sound.samples[:, round(at * 44_100) : round(at * 44_100) + 441] = 0.9
    video = encode(tmp_path, frames, width=160, height=96, av1=True, sound=sound)
    copy = tmp_path / "share-copy.mp4"
    remux.clean_copy(str(video.original), copy)
    for path in (*video.films, copy):
        flash = max(range(16), key=lambda number: decoded(path)[number].mean())
        crack = int(np.abs(heard(path)).max(axis=0).argmax()) / RATE
        assert flash / 8 == at
        assert crack == pytest.approx(at + 0.005, abs=0.01)


def test_one_channel_is_heard_in_both_ears(tmp_path: Path):
    samples = heard(encode(tmp_path, moving(16), sound=tone(2, channels=1)).original)
    assert np.abs(samples[0] - samples[1]).max() < 0.01
    assert loudness(samples)[5:195].min() > 0.2


def test_left_stays_left(tmp_path: Path):
    sound = tone(2)
    sound.samples[1] = 0
    left, right = heard(encode(tmp_path, moving(16), sound=sound).original)
    assert np.abs(left[RATE : 2 * RATE - RATE // 10]).max() > 0.4
    assert np.abs(right).max() < 0.05


def test_samples_that_are_no_numbers_or_too_loud_do_not_come_through(tmp_path: Path):
    sound = tone(2)
    sound.samples[:, 4_800:9_600] = np.nan
    sound.samples[:, 20_000:20_010] = 1e6
    samples = heard(encode(tmp_path, moving(16), sound=sound).original)
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() < 2
    assert loudness(samples)[25:35] == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(
    "sound",
    [Tone(np.zeros(48_000, "float32"), RATE), Tone(np.zeros((6, 48_000), "float32"), RATE), Tone(np.zeros((2, 9)), 0)],
    ids=["flat", "six channels", "no rate"],
)
def test_what_is_no_sound_is_refused(tmp_path: Path, sound: Tone):
    with pytest.raises(EncodeError, match="The sound has"):
        encode(tmp_path, moving(16), sound=sound)


def test_the_sound_is_asked_for_when_the_frames_have_ended(tmp_path: Path):
    order: list[str] = []

    def frames():
        yield from moving(16)
        order.append("frames")

    def sound() -> Tone:
        order.append("sound")
        return tone(2)

    taken = list(frames())
    media.encode(iter(taken), folder=tmp_path, width=320, height=192, fps=8, frame_count=16, sound=sound)
    assert order == ["frames", "sound"]


# --- The last frame ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fps", "frame_count"), [(8, 1), (8, 16), (24, 7), (24, 121)])
def test_the_last_frame_is_the_last_one(tmp_path: Path, fps: int, frame_count: int):
    source = list(moving(frame_count, 160, 96))
    video = encode(tmp_path, source, width=160, height=96, fps=fps, frame_count=frame_count, av1=True, sound=tone(1))
    for path in video.films:
        last = media.last_frame(path)
        assert (last.shape, last.dtype) == ((96, 160, 3), np.uint8)
        distances = [np.abs(last.astype(int) - frame).mean() for frame in source]
        assert distances.index(min(distances)) == frame_count - 1
        with path.open("rb") as opened:
            assert np.array_equal(media.last_frame(opened), last)


def test_the_last_frame_has_the_colours_that_went_in(tmp_path: Path):
    video = encode(tmp_path, plain(4, (200, 30, 90)), frame_count=4)
    assert media.last_frame(video.original).mean(axis=(0, 1)) == pytest.approx((200, 30, 90), abs=3)


@pytest.mark.parametrize("data", [b"", b"no film", b"#EXTM3U\n/etc/passwd\n"], ids=["empty", "words", "playlist"])
def test_what_is_no_film_has_no_last_frame(data: bytes):
    with pytest.raises(DecodeError):
        media.last_frame(io.BytesIO(data))
