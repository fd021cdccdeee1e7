"""The last frame of a film, from which an extension goes on."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

import av
from av.video.reformatter import ColorRange, Colorspace

from generation.media.errors import DecodeError
from generation.media.movie import SECONDS_BETWEEN_KEYFRAMES
from generation.media.picture import EXACT, Frame


def last_frame(file: Path | IO[bytes]) -> Frame:
    """The last picture of an MP4 of ours: height × width × 3, RGB from 0 to 255. DecodeError when there is none.

    Only what follows the last keyframe is decoded. The format is fixed rather than guessed, and the file is read by us
    and not by its name, so that it can never be taken for a playlist that names other files.
    """
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return last_frame(opened)
    try:
        with av.open(file, "r", format="mp4") as container:
            picture = _last(container)
    except av.FFmpegError as error:
        raise DecodeError(f"The film cannot be read: {error}.") from error
    if picture is None:
        raise DecodeError("The film holds no picture.")
    shown: Frame = picture.reformat(
        format="rgb24",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=EXACT,
    ).to_ndarray()
    return shown


def _last(container: Any) -> Any:
    if not container.streams.video:
        return None
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    if stream.duration:
        back = int(SECONDS_BETWEEN_KEYFRAMES / stream.time_base)
        container.seek(max(0, stream.duration - back), stream=stream)  # to the keyframe before it
    last = None
    for picture in container.decode(stream):
        if last is None or picture.pts >= last.pts:
            last = picture
    return last
