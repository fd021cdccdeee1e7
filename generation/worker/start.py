"""The picture that a generation starts from, if it starts from one."""

from __future__ import annotations

from generation import media
from generation.engines.base import Frame
from generation.models import Generation
from generation.services import images
from generation.states import Mode, Relation
from videos.models import Rendition
from videos.states import RenditionKind
from videos.storage import open_file


class StartGone(Exception):
    """What it was to start from is no longer there."""


def picture_of(generation: Generation) -> Frame | None:
    """The artist's own picture, or the last one of the video that is continued. OSError or StartGone without it."""
    if generation.image is not None:
        return images.read(generation.image)
    if generation.mode == Mode.IMAGE and generation.relation == Relation.EXTEND:
        return _last_picture(generation)
    return None


def _last_picture(generation: Generation) -> Frame:
    originals = Rendition.objects.filter(video__generation=generation.parent, kind=RenditionKind.ORIGINAL)
    original = originals.first()
    if original is None:
        raise StartGone
    with open_file(original.storage_key) as file:
        return media.last_frame(file)
