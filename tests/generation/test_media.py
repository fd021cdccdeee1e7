"""What `media.encode` writes, read back by other means: exact sizes, rates, colours, order of atoms, pictures."""

from __future__ import annotations

import resource
import struct
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generation import catalogue, media
from generation.media import EncodeError, geometry
from generation.media.picture import Scaler

FPS = 8
SIZES = catalogue.get("sketch").sizes


def moving(count: int, width: int = 320, height: int = 192) -> Iterator[np.ndarray]:
    """Smooth colours that move, as frames of height × width × 3."""
    y, x = np.mgrid[0:height, 0:width]
    for number in range(count):
        waves = [np.sin(x / 31 + number / 4), np.sin(y / 23 - number / 3), np.sin((x + y) / 47 + number / 5)]
        yield (np.stack(waves, -1) * 100 + 128).astype("uint8")


def plain(count: int, colour: tuple[int, int, int], width: int = 320, height: int = 192) -> Iterator[np.ndarray]:
    for _ in range(count):
        yield np.full((height, width, 3), colour, "uint8")


def encode(folder: Path, frames, *, width: int = 320, height: int = 192, frame_count: int = 16) -> media.EncodedVideo:
    return media.encode(frames, folder=folder, width=width, height=height, fps=FPS, frame_count=frame_count)


def decoded(path: Path) -> list[np.ndarray]:
    """RGB frames, read as BT.709 in limited range."""
    with av.open(str(path)) as container:
        return [
            frame.reformat(
                format="rgb24",
                src_colorspace=Colorspace.ITU709,
                dst_colorspace=Colorspace.ITU709,
                src_color_range=ColorRange.MPEG,
                dst_color_range=ColorRange.JPEG,
            ).to_ndarray()
            for frame in container.decode(video=0)
        ]


def atoms(data: bytes) -> list[str]:
    """The names of an MP4's top-level atoms, in order."""
    names, place = [], 0
    while place < len(data):
        size, name = struct.unpack(">I4s", data[place : place + 8])
        names.append(name.decode())
        place += size
    return names


# --- The film ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_every_size_on_offer_is_delivered_exactly(tmp_path: Path, size: str):
    width, height = catalogue.dimensions(size)
    native = (192, 320) if height > width else (320, 192)
    video = encode(tmp_path, moving(17, *native), width=width, height=height)
    with av.open(str(video.original)) as container:
        (stream,) = container.streams
        assert (stream.width, stream.height) == (width, height)
        assert stream.average_rate == stream.guessed_rate == FPS
        assert stream.frames == 16
        assert stream.duration * stream.time_base == Fraction(16, FPS)
        assert container.duration == 2_000_000
        assert stream.sample_aspect_ratio in {None, 1}
        frames = list(container.decode(video=0))
    assert {(frame.width, frame.height) for frame in frames} == {(width, height)}
    assert [frame.pts * frame.time_base for frame in frames] == [Fraction(n, FPS) for n in range(16)]
    assert {frame.rotation for frame in frames} == {0}


@pytest.mark.parametrize("frame_count", [1, 2, 3, 7, 80])
def test_any_number_of_frames_is_kept_exactly(tmp_path: Path, frame_count: int):
    video = encode(tmp_path, moving(frame_count + 3, 64, 64), width=64, height=64, frame_count=frame_count)
    with av.open(str(video.original)) as container:
        assert container.duration == frame_count * 1_000_000 // FPS
    assert len(decoded(video.original)) == frame_count


def test_the_codec_and_the_colours_are_what_every_browser_plays(tmp_path: Path):
    video = encode(tmp_path, moving(16))
    with av.open(str(video.original)) as container:
        codec = container.streams.video[0].codec_context
        assert (codec.name, codec.profile, codec.pix_fmt) == ("h264", "High", "yuv420p")
        assert (codec.color_primaries, codec.color_trc, codec.colorspace) == (1, 1, 1)  # BT.709, all three
        assert codec.color_range == ColorRange.MPEG


@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
        ((128, 128, 128), (126, 128, 128)),
    ],
)
def test_colours_are_really_converted_by_the_matrix_that_the_tags_name(tmp_path: Path, rgb, yuv):
    video = encode(tmp_path, plain(4, rgb), frame_count=4)
    with av.open(str(video.original)) as container:
        frame = next(container.decode(video=0))
    planes = frame.to_ndarray()  # Y, then U and V below it
    values = [planes[:192].mean(), planes[192:240].mean(), planes[240:].mean()]
    assert values == pytest.approx(yuv, abs=1.5)


def test_the_picture_is_kept(tmp_path: Path):
    source = list(moving(16))
    error = np.stack(decoded(encode(tmp_path, source).original)).astype(float) - np.stack(source)
    assert 10 * np.log10(255**2 / (error**2).mean()) > 38  # decibels PSNR


def test_the_index_stands_in_front(tmp_path: Path):
    names = atoms(encode(tmp_path, moving(16)).original.read_bytes())
    assert names.index("moov") < names.index("mdat")


def test_nothing_in_the_file_says_when_where_or_by_what_it_was_made(tmp_path: Path):
    video = encode(tmp_path, moving(16))
    data = video.original.read_bytes()
    for word in (b"Lavf", b"x264", b"cabac", b"threads", str(tmp_path).encode()):
        assert word not in data
    header = data.index(b"mvhd")
    assert data[header + 8 : header + 16] == bytes(8)  # created, changed
    for path in (video.poster, video.storyboard):
        with Image.open(path) as image:
            assert not image.getexif()
            assert not {"exif", "xmp", "icc_profile"} & image.info.keys()


def test_equal_frames_give_equal_bytes(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, two = (encode(tmp_path / name, moving(16)) for name in "ab")
    assert one.original.read_bytes() == two.original.read_bytes()


# --- Sizes ------------------------------------------------------------------------------------------------------


def test_another_aspect_is_cut_in_the_middle_and_never_distorted(tmp_path: Path):
    frame = np.full((192, 320, 3), 128, "uint8")
    frame[:6] = frame[-6:] = (255, 0, 0)  # what 16:9 has no room for
    y, x = np.mgrid[0:192, 0:320]
    frame[(x - 160) ** 2 + (y - 96) ** 2 < 60**2] = 255
    shown = decoded(encode(tmp_path, [frame] * 4, width=1280, height=720, frame_count=4).original)[2].astype(int)
    assert np.abs(shown[0] - 128).max() < 12
    disc = shown.min(axis=2) > 190
    across, down = disc.any(axis=0).sum(), disc.any(axis=1).sum()
    assert across == pytest.approx(480, abs=4)
    assert down == pytest.approx(across, abs=2)


def test_pictures_are_enlarged_by_lanczos():
    """Beside a bright line it is too dark, and then again a little too bright: bilinear does neither, bicubic one."""
    line = np.full((32, 32, 3), 100, "uint8")
    line[:, 16] = 200
    picture = av.VideoFrame.from_ndarray(line, format="rgb24")
    enlarged = Scaler(width=256, height=256, format="rgb24").scale(picture).to_ndarray().astype(int)
    row = enlarged[128, :, 1]
    middle = int(row.argmax())
    assert middle == pytest.approx(16.5 * 8, abs=1)
    assert row[middle : middle + 16].min() < 95
    assert row[middle + 16 : middle + 24].max() > 101
    assert set(row[: middle - 32]) == {100}


positive = st.integers(16, 4096)


@given(width=positive, height=positive, native_width=positive, native_height=positive)
def test_the_part_that_fits_lies_inside_is_centred_and_keeps_the_aspect(width, height, native_width, native_height):
    part = geometry.fitting_part(native=(native_width, native_height), target=(width, height))
    assert part.left >= 0
    assert part.left + part.width <= native_width
    assert part.top >= 0
    assert part.top + part.height <= native_height
    assert part.width == native_width or part.height == native_height
    assert abs(native_width - part.width - 2 * part.left) <= 1
    assert abs(native_height - part.height - 2 * part.top) <= 1
    # To the nearest pixel, that is.
    assert min(
        abs(part.width - part.height * width / height), abs(part.height - part.width * height / width)
    ) <= 0.5 or 1 in {part.width, part.height}


@pytest.mark.parametrize(("width", "height"), [(321, 192), (320, 191), (0, 192), (8, 8), (-2, 192), (9000, 192)])
def test_sizes_that_cannot_be_exact_are_refused_before_anything_is_written(tmp_path: Path, width: int, height: int):
    with pytest.raises(EncodeError, match="both sides must be even"):
        encode(tmp_path, moving(16), width=width, height=height)
    assert not list(tmp_path.iterdir())


# --- Frames -----------------------------------------------------------------------------------------------------


def test_too_few_frames_are_an_error_that_says_how_many_came(tmp_path: Path):
    with pytest.raises(EncodeError, match="ended after 9 of 16"):
        encode(tmp_path, moving(9))
    with pytest.raises(EncodeError, match="ended after 0 of 16"):
        encode(tmp_path, iter(()))


@pytest.mark.parametrize(
    "odd",
    [
        np.zeros((192, 320), "uint8"),
        np.zeros((192, 320, 4), "uint8"),
        np.zeros((96, 320, 3), "uint8"),
        np.zeros((192, 320, 3), "float32"),
        np.zeros((0, 320, 3), "uint8"),
    ],
    ids=["grey", "alpha", "smaller", "float", "empty"],
)
def test_frames_of_another_kind_are_refused(tmp_path: Path, odd: np.ndarray):
    with pytest.raises(EncodeError, match="A frame"):
        encode(tmp_path, [*moving(3), odd, *moving(12)])
    with pytest.raises(EncodeError):
        encode(tmp_path, [odd, *moving(15)])


def test_an_error_while_frames_are_made_comes_out_as_it_is(tmp_path: Path):
    class Stop(Exception):
        pass

    def broken() -> Iterator[np.ndarray]:
        yield from moving(5)
        raise Stop

    with pytest.raises(Stop):
        encode(tmp_path, broken())


def test_frames_are_taken_one_by_one_and_not_kept(tmp_path: Path):
    def big() -> Iterator[np.ndarray]:
        for number in range(80):
            yield np.full((360, 640, 3), number, "uint8")

    tracemalloc.start()
    encode(tmp_path, big(), width=640, height=360, frame_count=80)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 * 640 * 360 * 3, "80 frames as float32 would be 320 times a frame's bytes"


def test_waiting_for_frames_is_not_counted_as_encoding(tmp_path: Path):
    import time

    def slow() -> Iterator[np.ndarray]:
        for frame in moving(4, 64, 64):
            time.sleep(0.2)
            yield frame

    started = time.perf_counter()
    video = encode(tmp_path, slow(), width=64, height=64, frame_count=4)
    assert video.timings["encode"] < time.perf_counter() - started - 0.75


# --- Pictures ---------------------------------------------------------------------------------------------------


def test_the_poster_is_one_frame_a_third_in_at_the_full_size(tmp_path: Path):
    frames = [np.full((192, 320, 3), 10 * number, "uint8") for number in range(16)]
    video = encode(tmp_path, frames, width=1280, height=720)
    with Image.open(video.poster) as poster:
        assert (poster.format, poster.size) == ("WEBP", (1280, 720))
        assert np.asarray(poster.convert("RGB")).mean() == pytest.approx(50, abs=2)


def test_the_storyboard_shows_frames_in_order_row_by_row(tmp_path: Path):
    frames = [np.full((192, 320, 3), 3 * number, "uint8") for number in range(80)]
    video = encode(tmp_path, frames, frame_count=80)
    layout = media.storyboard(width=320, height=192, frame_count=80)
    assert (layout.columns, layout.rows, layout.tile_width, layout.tile_height) == (5, 4, 192, 115)
    with Image.open(video.storyboard) as sheet:
        assert (sheet.format, sheet.size) == ("WEBP", (5 * 192, 4 * 115))
        pixels = np.asarray(sheet.convert("RGB")).astype(int)
    for place, frame in enumerate(layout.frames):
        row, column = divmod(place, layout.columns)
        tile = pixels[row * 115 + 20 : row * 115 + 95, column * 192 + 20 : column * 192 + 170]
        assert tile.mean() == pytest.approx(3 * frame, abs=2)


@given(width=positive, height=positive, frame_count=st.integers(1, 1000))
def test_a_storyboard_has_no_empty_place_and_runs_from_start_to_end(width: int, height: int, frame_count: int):
    layout = media.storyboard(width=width, height=height, frame_count=frame_count)
    assert len(layout.frames) == layout.columns * layout.rows
    assert sorted(set(layout.frames)) == list(layout.frames)
    assert layout.frames[0] >= 0
    assert layout.frames[-1] < frame_count
    assert max(layout.tile_width, layout.tile_height) == 192
    assert min(layout.tile_width, layout.tile_height) >= 1


# --- Disks ------------------------------------------------------------------------------------------------------


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process grows beyond `size` bytes: the next write fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [0, 1_000, 20_000], ids=["at the start", "in the index", "in the pictures"])
def test_a_full_disk_is_an_error_of_the_system(tmp_path: Path, size: int):
    with room_for(size), pytest.raises(OSError, match="File too large"):
        encode(tmp_path, moving(16), width=640, height=360)


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        encode(tmp_path / "nowhere", moving(16))
