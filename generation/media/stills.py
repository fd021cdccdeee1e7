"""The poster and the storyboard, made while the frames pass by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from generation.media.geometry import Storyboard
from generation.media.picture import Frame, Scaler

WEBP_METHOD = 2  # 0 to 6: less time or fewer bytes
POSTER_QUALITY = 85
STORYBOARD_QUALITY = 75


class Stills:
    """Sees every frame once, in order, and keeps one poster and a sheet of small tiles: never the frames."""

    def __init__(self, *, width: int, height: int, frame_count: int, layout: Storyboard) -> None:
        self._poster_frame = frame_count // 3  # things have begun to happen, and nothing is over yet
        self._poster: Frame | None = None
        self._layout = layout
        self._sheet: Frame = np.zeros(
            (layout.rows * layout.tile_height, layout.columns * layout.tile_width, 3), "uint8"
        )
        self._full = Scaler(width=width, height=height, format="rgb24")
        self._small = Scaler(width=layout.tile_width, height=layout.tile_height, format="rgb24")

    def see(self, index: int, picture: Any) -> None:
        if index == self._poster_frame:
            self._poster = self._full.scale(picture).to_ndarray()
        for place, wanted in enumerate(self._layout.frames):
            if wanted == index:
                self._place(place, self._small.scale(picture).to_ndarray())

    def _place(self, place: int, tile: Frame) -> None:
        row, column = divmod(place, self._layout.columns)
        top, left = row * self._layout.tile_height, column * self._layout.tile_width
        self._sheet[top : top + self._layout.tile_height, left : left + self._layout.tile_width] = tile

    def save(self, *, poster: Path, storyboard: Path) -> None:
        assert self._poster is not None  # noqa: S101 - encode() has counted the frames
        Image.fromarray(self._poster).save(poster, "WEBP", quality=POSTER_QUALITY, method=WEBP_METHOD)
        Image.fromarray(self._sheet).save(storyboard, "WEBP", quality=STORYBOARD_QUALITY, method=WEBP_METHOD)
