"""Storing what was encoded, and taking it back when it becomes nobody's video."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from django.db import DatabaseError

from generation.media import EncodedVideo, storyboard
from generation.models import Attempt
from videos.models import Rendition
from videos.states import RenditionKind
from videos.storage import ATTEMPTS, StoredFile, delete, store

log = logging.getLogger(__name__)

# Seconds before the second and the third try: a storage that hiccups is not worth a whole render.
PAUSES = (0.5, 2.0)


class AttemptFiles:
    """The stored files of one attempt. They are promoted by the transaction that completes it, or discarded."""

    def __init__(self, attempt: Attempt) -> None:
        self._prefix = f"{ATTEMPTS}/{attempt.pk}"
        self.stored: list[StoredFile] = []

    def store(self, encoded: EncodedVideo, *, width: int, height: int, frame_count: int) -> list[StoredFile]:
        """Store original, AV1 (if made), poster and storyboard; OSError when the storage fails three times in a row."""
        layout = storyboard(width=width, height=height, frame_count=frame_count)
        board = layout.tile_width * layout.columns, layout.tile_height * layout.rows
        self._store(encoded.original, RenditionKind.ORIGINAL, "video/mp4", (width, height))
        if encoded.av1 is not None:
            self._store(encoded.av1, RenditionKind.AV1, "video/mp4", (width, height))
        self._store(encoded.poster, RenditionKind.POSTER, "image/webp", (width, height))
        self._store(encoded.storyboard, RenditionKind.STORYBOARD, "image/webp", board)
        return self.stored

    def _store(self, path: Path, kind: RenditionKind, content_type: str, size: tuple[int, int]) -> None:
        for pause in (*PAUSES, None):
            try:
                file = store(
                    path, prefix=self._prefix, kind=kind, content_type=content_type, width=size[0], height=size[1]
                )
            except OSError as error:
                if pause is None:
                    raise
                log.warning("Storing failed (%s); trying again in %s s.", type(error).__name__, pause)
                time.sleep(pause)
            else:
                self.stored.append(file)
                return

    def discard(self) -> None:
        """Delete the files that no video came to own. What cannot be deleted now is left to the sweep."""
        keys = [file.key for file in self.stored]
        self.stored = []
        if not keys:
            return
        try:
            # Asked of the database, not of our memory: a completion whose answer was lost may have succeeded.
            promoted = set(Rendition.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True))
            for key in keys:
                if key not in promoted:
                    delete(key)
        except (DatabaseError, OSError) as error:
            log.warning("Files are left to the sweep (%s).", type(error).__name__)
