"""One frame at a time: cut to the aspect, scaled, converted. Every step in swscale, on all cores."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from generation.media.errors import EncodeError
from generation.media.geometry import Box, fitting_part

Frame = NDArray[np.uint8]  # height × width × 3, RGB from 0 to 255

EXACT = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP  # costs nothing measurable, wins 0.06 dB


class Cutter:
    """Checks each frame and cuts it to the target's aspect; the first one says what size to expect."""

    def __init__(self, *, width: int, height: int) -> None:
        self._target = (width, height)
        self._shape: tuple[int, ...] = ()
        self._part: Box

    def cut(self, frame: Frame) -> Any:
        """The part that will be shown, as an av.VideoFrame in rgb24. Shares memory with `frame` where it can."""
        if not self._shape:
            if frame.ndim != 3 or frame.shape[2] != 3 or not frame.size:
                raise EncodeError(f"A frame has the shape {frame.shape}; it must be height × width × 3.")
            self._shape = frame.shape
            self._part = fitting_part(native=(frame.shape[1], frame.shape[0]), target=self._target)
        if frame.shape != self._shape or frame.dtype != np.uint8:
            raise EncodeError(f"A frame is {frame.dtype} {frame.shape}; the first one was uint8 {self._shape}.")
        part = self._part
        cut = frame[part.top : part.top + part.height, part.left : part.left + part.width]
        return av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(cut), "rgb24")


class Scaler:
    """Scales rgb24 frames to one size and format: Lanczos, and the BT.709 matrix in limited range for yuv420p."""

    def __init__(self, *, width: int, height: int, format: str) -> None:
        self._size = (width, height)
        self._reformatter = VideoReformatter()  # keeps its filter tables from frame to frame
        self._to_yuv = format == "yuv420p"
        self._format = format

    def scale(self, picture: Any) -> Any:
        unscaled = (picture.width, picture.height) == self._size
        # Unscaled, only chroma is filtered: bicubic does that twice as fast and no worse.
        filter_ = Interpolation.BICUBIC if unscaled else Interpolation.LANCZOS
        return self._reformatter.reformat(
            picture,
            width=self._size[0],
            height=self._size[1],
            format=self._format,
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG if self._to_yuv else ColorRange.JPEG,
            interpolation=filter_ | EXACT,
            threads=0,
        )
