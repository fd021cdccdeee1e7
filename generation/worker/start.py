"""The picture that a generation starts from, if it starts from one."""

from __future__ import annotations

import logging
import time

from generation import media
from generation.engines.base import Frame
from generation.media.errors import DecodeError
from generation.models import Generation
from generation.services import images
from generation.states import Mode, Relation
from generation.worker.files import PAUSES
from videos.models import Rendition
from videos.states import RenditionKind
from videos.storage import StorageFailed, open_file

log = logging.getLogger(__name__)


class SourceGone(Exception):
    """What it was to start from is no longer there, or is not what it was: no other try would find it."""


def picture_of(generation: Generation) -> Frame | None:
    """The artist's own picture, or the last one of the video that is continued.

    Raises SourceGone without it, and StorageFailed when the storage fails three times in a row.
    """
    for pause in (*PAUSES, None):
        try:
            return _read(generation)
        except DecodeError as error:
            raise SourceGone from error
        except StorageFailed as error:
            if _is_gone(error):
                raise SourceGone from error
            if pause is None:
                raise
            log.warning("The storage cannot be read (%s); trying again in %s s.", type(error.__cause__).__name__, pause)
            time.sleep(pause)
    return None


def _read(generation: Generation) -> Frame | None:
    if generation.image is not None:
        return images.read(generation.image)
    if generation.mode == Mode.IMAGE and generation.relation == Relation.EXTEND:
        return _last_picture(generation)
    return None


def _last_picture(generation: Generation) -> Frame:
    originals = Rendition.objects.filter(video__generation=generation.parent, kind=RenditionKind.ORIGINAL)
    original = originals.first()
    if original is None:
        raise SourceGone
    with open_file(original.storage_key) as file:
        return media.last_frame(file)


def _is_gone(error: StorageFailed) -> bool:
    """Whether the storage answered, and has no such file, or another one: that is found here and has no cause."""
    return error.__cause__ is None or error.is_missing
