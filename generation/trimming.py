"""How an artist's film is cut (`settings.VIDEO_CUTTER`): `videos` knows no encoder, so this introduces ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO

from generation.media import DecodeError, EncodeError
from generation.media.cut import Part
from generation.media.cut import cut as cut_film
from videos.models import Trim
from videos.trims import CannotCut


def cut(trim: Trim, file: IO[bytes], *, folder: Path, av1: bool, tell: Callable[[int], None]) -> dict[str, Path]:
    """The files of the cut film by their rendition's kind. CannotCut when the film or its frames are wrong."""
    video = trim.video
    part = Part(trim.first_frame, trim.last_frame, width=video.width, height=video.height, fps=video.fps)
    try:
        made = cut_film(file, part, folder=folder, av1=av1, tell=tell)
    except (DecodeError, EncodeError) as error:
        raise CannotCut(str(error)) from error
    files = {"original": made.original, "poster": made.poster, "storyboard": made.storyboard}
    return files | ({"av1": made.av1} if made.av1 else {})
