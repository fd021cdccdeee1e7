"""From a file that somebody sent to a plain picture, or to the reason why not."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from common.errors import Conflict, FieldError, Invalid
from generation.pictures.signature import PictureType, goes_on, is_cut_short, type_of

MOST_BYTES = 20_000_000
MOST_PIXELS = 40_000_000
SHORTEST_SIDE = 16
LONGEST_SIDE = 4096  # as stored: no catalogue entry delivers more
SMALL_SIDE = 320  # of the copy that lists show
DECODE_SECONDS = 30
DECODE_MEMORY = 1536 * 1024**2  # bytes of address space; 40 megapixels with alpha need about a third
MOST_WRITTEN = 64 * 1024**2
# Each decoding may take DECODE_MEMORY, so one process lets few of them run together.
TOGETHER = threading.BoundedSemaphore(2)
DECODER = Path(__file__).with_name("decode.py")


@dataclass(frozen=True, slots=True)
class PlainPicture:
    """Two WebP files without metadata, and the size in pixels of the larger."""

    path: Path
    small: Path
    width: int
    height: int


@contextmanager
def plain_picture(data: bytes, name: str) -> Iterator[PlainPicture]:
    """The picture in `data`, as files that are gone afterwards. Raises Invalid with the reason and what is allowed."""
    kind = _look(data, name)
    with tempfile.TemporaryDirectory(prefix="picture-") as folder:
        source, target, small = (Path(folder) / file for file in ("source", "plain.webp", "small.webp"))
        source.write_bytes(data)
        answer = _decode(source, target, small)
        if "refused" in answer:
            raise refusal(REASONS.get(str(answer["refused"]), REASONS["unreadable"])() % {"type": kind.label})
        yield PlainPicture(target, small, int(str(answer["width"])), int(str(answer["height"])))


def refusal(reason: str) -> Invalid:
    """What is wrong with the picture, and what would be right."""
    allowed = _("a PNG, JPEG or WebP picture of at most %(bytes)s MB and %(pixels)s megapixels, not animated") % {
        "bytes": MOST_BYTES // 1_000_000,
        "pixels": MOST_PIXELS // 1_000_000,
    }
    return Invalid([FieldError("image", reason, allowed)])


def _look(data: bytes, name: str) -> PictureType:
    """What can be said without decoding."""
    if not data:
        raise refusal(_("The file is empty."))
    if len(data) > MOST_BYTES:
        raise too_large(len(data))
    kind = type_of(data)
    if kind is None:
        raise refusal(_("This is no PNG, JPEG or WebP picture."))
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension and extension not in kind.extensions:
        words = {"extension": extension[:10], "type": kind.label}
        raise refusal(_("Its name ends in “.%(extension)s”, and its content is %(type)s.") % words)
    if is_cut_short(data, kind):
        raise refusal(REASONS["cut_short"]())
    if goes_on(data, kind):
        raise refusal(_("Something else follows the picture in this file. Save it anew as a plain picture."))
    return kind


def too_large(size: int) -> Invalid:
    """Also for a file of which no more was kept."""
    return refusal(_("The file has %(size)s MB.") % {"size": f"{size / 1_000_000:.1f}"})


def _decode(source: Path, target: Path, small: Path) -> dict[str, object]:
    limits = {
        "memory": DECODE_MEMORY,
        "seconds": DECODE_SECONDS,
        "file": MOST_WRITTEN,
        "pixels": MOST_PIXELS,
        "shortest": SHORTEST_SIDE,
        "longest": LONGEST_SIDE,
        "small": SMALL_SIDE,
    }
    # Isolated and without an environment: no path of ours, no secret of ours.
    command = [sys.executable, "-I", str(DECODER), json.dumps(limits), str(source), str(target), str(small)]
    if not TOGETHER.acquire(timeout=DECODE_SECONDS):
        raise Conflict(_("Many pictures are being read just now. Try again in a moment."), code="busy")
    try:
        done = subprocess.run(  # noqa: S603  our own file, with our own paths
            command,
            env={},
            cwd=source.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=DECODE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"refused": "too_large_to_decode"}
    finally:
        TOGETHER.release()
    try:
        answer: dict[str, object] = json.loads(done.stdout)
    except ValueError:
        return {"refused": "too_large_to_decode"}  # ended by one of its limits before it could say anything
    return answer


# Functions, so that each is translated when it is said.
REASONS: dict[str, Callable[[], str]] = {
    "animated": lambda: _("The picture is animated."),
    "too_many_pixels": lambda: _("The picture has more than 40 megapixels."),
    "too_small": lambda: _("The picture is smaller than 16 pixels on a side."),
    "too_large_to_decode": lambda: _("The picture takes more memory or time to read than is allowed."),
    "unreadable": lambda: _("The %(type)s cannot be read: it is damaged."),
    "cut_short": lambda: _("The picture is cut short: its end is missing."),
}
