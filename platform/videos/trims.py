"""Cutting one film: read the original, encode the part, store it, and let the services make a video of it."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string
from PIL import Image

from videos import storage, webvtt
from videos.models import Rendition, Trim, Video
from videos.selectors import captions_of
from videos.services import trimming
from videos.services.captions import CONTENT_TYPE
from videos.services.trimming import TRIMMER, CutCaptions
from videos.states import RenditionKind, TrimFailure
from videos.storage import StoredFile

log = logging.getLogger(__name__)

BETWEEN_RENEWALS = 2.0  # seconds
TYPES = {"original": "video/mp4", "av1": "video/mp4", "poster": "image/webp", "storyboard": "image/webp"}


class CannotCut(Exception):
    """The film, or what was to be cut of it, is not to be read or encoded: trying again would change nothing."""


class _LeaseLost(Exception):
    """Somebody else has taken it up since."""


def run(trim_id: UUID) -> Video | None:
    """Cut it, if it waits. Every end but a killed process is written down; that one the lease tells of."""
    waiting = Trim.objects.filter(pk=trim_id).first()
    trim = trimming.begin_trim(actor=TRIMMER, trim=waiting) if waiting else None
    if trim is None:
        return None
    stored: list[StoredFile] = []
    video = None
    try:
        video = _cut_and_store(trim, stored)
    except CannotCut as error:
        log.warning("Trim %s: %s", trim.pk, error)
        trimming.fail_trim(actor=TRIMMER, trim=trim, failure=TrimFailure.UNREADABLE)
    except OSError as error:
        log.warning("Trim %s: the storage or the disk failed (%s).", trim.pk, type(error).__name__)
        trimming.fail_trim(actor=TRIMMER, trim=trim, failure=TrimFailure.STORAGE, again=True)
    except _LeaseLost:
        log.warning("Trim %s was taken up by another process.", trim.pk)
    finally:
        if video is None:
            _discard(stored)
    return video


def _cut_and_store(trim: Trim, stored: list[StoredFile]) -> Video | None:
    """`stored` tells, also after an error, which files lie in the storage."""
    source = trim.video
    kinds = {rendition.kind: rendition for rendition in source.renditions.current()}
    original = kinds.get(RenditionKind.ORIGINAL)
    if original is None:
        raise CannotCut("The video has no original.")
    cutter = import_string(settings.VIDEO_CUTTER)
    prefix = f"{storage.ATTEMPTS}/trim-{trim.pk}-{trim.attempts}"
    with tempfile.TemporaryDirectory(prefix="trim-") as name, storage.open_file(original.storage_key) as file:
        folder = Path(name)
        made = cutter(trim, file, folder=folder, av1=RenditionKind.AV1 in kinds, tell=_teller(trim))
        for kind, path in made.items():
            stored.append(_store(path, RenditionKind(kind), prefix, source))
        captions = _cut_captions(trim, folder, prefix)
    if captions is not None:
        stored.append(captions.file)
    files = [file for file in stored if file.kind != RenditionKind.CAPTIONS]
    return trimming.complete_trim(actor=TRIMMER, trim=trim, files=files, captions=captions)


def _teller(trim: Trim) -> Callable[[int], None]:
    """Renews the lease now and then while the frames go by."""
    told = time.monotonic()

    def tell(done: int) -> None:
        nonlocal told
        if time.monotonic() - told < BETWEEN_RENEWALS:
            return
        told = time.monotonic()
        if not trimming.renew_trim(actor=TRIMMER, trim=trim, frames_done=done):
            raise _LeaseLost

    return tell


def _store(path: Path, kind: RenditionKind, prefix: str, source: Video) -> StoredFile:
    width, height = source.width, source.height
    if kind == RenditionKind.STORYBOARD:
        with Image.open(path) as picture:
            width, height = picture.size
    return storage.store(path, prefix=prefix, kind=kind, content_type=TYPES[kind], width=width, height=height)


def _cut_captions(trim: Trim, folder: Path, prefix: str) -> CutCaptions | None:
    """The source's captions, as far as they are said during the part."""
    captions = captions_of(trim.video)
    if captions is None:
        return None
    fps = trim.video.fps
    start = trim.first_frame * 1000 // fps
    # As `services.captions` counts: a cue may end with the last frame, wherever between two milliseconds that is.
    end = start - (-trim.frame_count * 1000 // fps)
    with storage.open_file(captions.storage_key) as file:
        text = webvtt.cut(file.read(), start_ms=start, end_ms=end)
    if not text:
        return None
    path = folder / "captions.vtt"
    path.write_bytes(text)
    made = storage.store(path, prefix=prefix, kind=RenditionKind.CAPTIONS, content_type=CONTENT_TYPE)
    return CutCaptions(made, captions.language)


def _discard(stored: list[StoredFile]) -> None:
    """Delete what no video came to own; what cannot be deleted now is left to the sweep."""
    keys = [file.key for file in stored]
    # Asked of the database, not of our memory: a completion whose answer was lost may have succeeded.
    owned = set(Rendition.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True))
    for key in keys:
        if key not in owned:
            try:
                storage.delete(key)
            except OSError:
                log.warning("A file is left to the sweep.")
