"""What a file is by its own bytes, and whether it ends where its picture ends. Nothing is decoded here.

A file that is two things at once (a picture with an archive or a page behind it) is refused: re-encoding would drop the
second thing, but whoever sent it did not send a picture.
"""

from __future__ import annotations

from enum import Enum

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
JPEG_MAGIC = b"\xff\xd8\xff"
PNG_CHUNK_OVERHEAD = 12  # length, type and checksum
# JPEG markers without a length behind them: fill bytes, restarts and the escaped 0xFF of compressed data.
LONE = frozenset({0x00, 0x01, *range(0xD0, 0xD8)})
START, END, SCAN = 0xD8, 0xD9, 0xDA


class PictureType(Enum):
    """Name, file extensions."""

    PNG = ("PNG", ("png",))
    JPEG = ("JPEG", ("jpg", "jpeg", "jpe", "jfif"))
    WEBP = ("WebP", ("webp",))

    def __init__(self, label: str, extensions: tuple[str, ...]) -> None:
        self.label = label
        self.extensions = extensions


def type_of(data: bytes) -> PictureType | None:
    """By the magic bytes at its very beginning."""
    if data.startswith(PNG_MAGIC):
        return PictureType.PNG
    if data.startswith(JPEG_MAGIC):
        return PictureType.JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return PictureType.WEBP
    return None


def is_cut_short(data: bytes, kind: PictureType) -> bool:
    """Whether the picture's end is missing."""
    return _end_of(data, kind) is None


def goes_on(data: bytes, kind: PictureType) -> bool:
    """Whether something follows the picture's end. Zeros may: some cameras fill a block up."""
    end = _end_of(data, kind)
    rest = data[end:].lstrip(b"\0") if end is not None else b""
    # A camera's JPEG may carry further pictures behind the first one, which is the one that we take.
    return bool(rest) and not (kind is PictureType.JPEG and rest.startswith(JPEG_MAGIC))


def _end_of(data: bytes, kind: PictureType) -> int | None:
    if kind is PictureType.PNG:
        return _end_of_png(data)
    if kind is PictureType.WEBP:
        end = 8 + int.from_bytes(data[4:8], "little")
        return end + end % 2 if end <= len(data) else None
    return _end_of_jpeg(data)


def _end_of_png(data: bytes) -> int | None:
    at = len(PNG_MAGIC)
    while at + PNG_CHUNK_OVERHEAD <= len(data):
        kind = data[at + 4 : at + 8]
        at += PNG_CHUNK_OVERHEAD + int.from_bytes(data[at : at + 4], "big")
        if kind == b"IEND":
            return at if at <= len(data) else None
    return None


def _end_of_jpeg(data: bytes) -> int | None:
    at = 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        marker = data[at + 1]
        if marker == END:
            return at + 2
        if marker == 0xFF:
            at += 1
        elif marker in LONE or marker == START:
            at += 2
        else:
            # Behind a scan's header come its compressed bytes, in which the next marker is looked for.
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
