"""Files as people send them, good and bad, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from typing import Any

from PIL import Image


def picture(format: str = "PNG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **options: Any) -> bytes:
    """A gradient, so that it matters which way is up."""
    image = Image.linear_gradient("L").resize(size).convert(mode)
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@cache
def png_saying(width: int, height: int, rows: int) -> bytes:
    """A PNG that claims a size and holds `rows` empty rows, in very few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packer = zlib.compressobj(1)
    row = bytes(1 + 3 * width)
    body = b"".join(packer.compress(row) for _number in range(rows)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def animated(format: str) -> bytes:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, format, save_all=True, append_images=frames[1:], duration=100)
    return out.getvalue()


def turned(orientation: int) -> bytes:
    """A JPEG of 64×48 with a bright bottom, which its Exif says is turned; with a place in the metadata."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "a secret place"
    return picture("JPEG", exif=exif.tobytes(), comment=b"a secret place")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@cache
def bad_files() -> dict[str, tuple[str, bytes]]:
    """What is wrong -> name and bytes."""
    good, jpeg, webp = picture(), picture("JPEG"), picture("WEBP")
    return {
        "empty": ("a.png", b""),
        "text": ("a.png", b"rain on a tin roof\n" * 50),
        "text named as text": ("a.txt", b"rain"),
        "svg": ("a.svg", SVG),
        "svg named png": ("a.png", SVG),
        "gif": ("a.gif", picture("GIF")),
        "tiff": ("a.tiff", picture("TIFF")),
        "film": ("a.mp4", b"\0\0\0\x18ftypmp42" + bytes(100)),
        "png cut short": ("a.png", good[:-20]),
        "png half": ("a.png", good[: len(good) // 2]),
        "jpeg cut short": ("a.jpg", jpeg[:-2]),
        "jpeg half": ("a.jpg", jpeg[: len(jpeg) // 2]),
        "webp cut short": ("a.webp", webp[:-4]),
        "only magic": ("a.png", good[:8]),
        "png with wrong checksums": ("a.png", good[:60] + bytes([good[60] ^ 255]) + good[61:]),
        "bomb": ("a.png", png_saying(60_000, 60_000, 50)),
        "41 megapixels": ("a.png", png_saying(8200, 5000, 5000)),
        "no pixels": ("a.png", png_saying(0, 0, 0)),
        "15 pixels": ("a.png", picture(size=(64, 15))),
        "21 MB": ("a.png", good + bytes(21_000_000)),
        "animated png": ("a.png", animated("PNG")),
        "animated webp": ("a.webp", animated("WEBP")),
        "jpeg named png": ("a.png", jpeg),
        "png named jpg": ("a.jpg", good),
        "picture named exe": ("a.png.exe", good),
        "png and archive": ("a.png", good + b"PK\x03\x04" + bytes(30)),
        "png and page": ("a.png", good + b"<html><script>alert(1)</script>"),
        "jpeg and archive": ("a.jpg", jpeg + b"PK\x03\x04" + bytes(30)),
        "webp and script": ("a.webp", webp + b"/*alert*/"),
        "page before picture": ("a.png", b"<html>" + good),
    }
