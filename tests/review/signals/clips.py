"""Drawn clips: textured, since a hash of a flat picture says nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, FPS = 640, 360, 8
Picture = Image.Image


def scene(seed: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """Soft blots of colour, another pattern for each seed."""
    dice = np.random.default_rng(seed)
    blots = Image.fromarray(dice.integers(0, 256, (height // 40 + 1, width // 40 + 1, 3), np.uint8))
    return blots.resize((width, height), Image.Resampling.BICUBIC)


def panning(seed: int) -> Callable[[int], Picture]:
    """A slow pan over one scene."""
    wide = scene(seed, WIDTH + 200, HEIGHT)
    return lambda number: wide.crop((4 * number, 0, 4 * number + WIDTH, HEIGHT))


def written(text: str, seed: int = 1) -> Picture:
    """A scene with a line of text."""
    picture = scene(seed).point(lambda value: value // 3)
    ImageDraw.Draw(picture).text((60, 150), text, font=ImageFont.load_default(44), fill=(255, 255, 255))
    return picture


def with_box(picture: Picture, share: float) -> Picture:
    """With a white box over so much of the picture, from its lower right corner."""
    covered = picture.copy()
    side = share**0.5
    corner = (round(picture.width * (1 - side)), round(picture.height * (1 - side)))
    ImageDraw.Draw(covered).rectangle((*corner, picture.width, picture.height), fill=(255, 255, 255))
    return covered


def face(width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """Light and dark as a Haar cascade looks for them: a plate, two eyes under brows, a nose, a mouth."""
    picture = Image.new("L", (width, height), 120)
    draw = ImageDraw.Draw(picture)
    x, y, r = width // 2, height // 2, height / 4

    def oval(dx: float, dy: float, rx: float, ry: float, grey: int) -> None:
        draw.ellipse((x + r * (dx - rx), y + r * (dy - ry), x + r * (dx + rx), y + r * (dy + ry)), fill=grey)

    oval(0, 0, 0.8, 1, 200)
    for side in (-1, 1):
        oval(side * 0.33, -0.2, 0.2, 0.1, 60)
        oval(side * 0.33, -0.42, 0.23, 0.04, 90)
    oval(0, 0.08, 0.08, 0.18, 225)
    oval(0, 0.3, 0.17, 0.06, 150)
    oval(0, 0.52, 0.32, 0.09, 100)
    return picture.convert("RGB")


def mp4(pictures: Iterable[Picture], *, crf: int = 18, fps: int = FPS, **options: str) -> bytes:
    """An H.264 clip of them."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream: Any = None
        for picture in pictures:
            if stream is None:
                stream = container.add_stream("libx264", rate=fps)
                stream.width, stream.height, stream.pix_fmt = picture.width, picture.height, "yuv420p"
                stream.options = {"crf": str(crf), "preset": "veryfast"} | options
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode(None))
    return buffer.getvalue()
