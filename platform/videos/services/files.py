"""Videos and their files come into being."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common.actors import Actor, System
from common.errors import Conflict, NotAllowed
from videos import remux, storage
from videos.models import Rendition, Video
from videos.services.changes import Change, locked, record_all
from videos.services.titles import title_of
from videos.states import RenditionKind
from videos.storage import StoredFile


@transaction.atomic
def create_from_files(
    *,
    actor: Actor,
    owner: User,
    width: int,
    height: int,
    fps: int,
    frame_count: int,
    files: Sequence[StoredFile],
    title: str = "",
) -> Video:
    """A private video of files that lie in the storage already. The original must be among them."""
    kinds = [file.kind for file in files]
    if RenditionKind.ORIGINAL not in kinds or len(set(kinds)) != len(kinds):
        raise ValueError("A video has one original and at most one file of each other kind.")
    video = Video.objects.create(
        owner=owner, title=title_of(title), width=width, height=height, fps=fps, frame_count=frame_count
    )
    Rendition.objects.bulk_create([_rendition(video, file) for file in files])
    hashes = {str(file.kind): file.sha256 for file in files}
    record_all(actor, [Change("video.created", video, "", video.enforcement, {"renditions": hashes})])
    return video


def ensure_share_copy(*, actor: Actor, video: Video) -> Rendition:
    """The rendition that can be shared, made from the original when it isn't there yet.

    Call it outside a transaction: copying and storing can take seconds, and no lock is held meanwhile. Of two calls
    at once both copy and one wins; the other's file is deleted.
    """
    if not isinstance(actor, System) and actor.pk != video.owner_id:
        raise NotAllowed(_("Only its owner prepares a video for sharing."))
    found = _share_copy_of(video)
    if found is not None:
        return found
    stored = _make_share_copy(video)
    kept: Rendition | None = None
    try:
        kept = _keep_share_copy(actor, video, stored)
    finally:
        if kept is None or kept.storage_key != stored.key:
            storage.forget(stored.key)
    return kept


def _share_copy_of(video: Video) -> Rendition | None:
    return Rendition.objects.filter(video=video, kind=RenditionKind.SHARE_COPY).first()


def _make_share_copy(video: Video) -> StoredFile:
    original = Rendition.objects.filter(video=video, kind=RenditionKind.ORIGINAL).first()
    if original is None:
        raise Conflict(_("This video has no original."))
    with tempfile.TemporaryDirectory(prefix="share-copy-") as folder, storage.open_file(original.storage_key) as source:
        path = Path(folder) / "share-copy.mp4"
        remux.clean_copy(source, path)
        return storage.store(
            path,
            prefix=storage.SHARE_COPIES,
            kind=RenditionKind.SHARE_COPY,
            content_type=original.content_type,
            width=original.width,
            height=original.height,
        )


@transaction.atomic(durable=True)
def _keep_share_copy(actor: Actor, video: Video, stored: StoredFile) -> Rendition:
    video = locked(video)
    found = _share_copy_of(video)
    if found is not None:
        return found
    rendition = _rendition(video, stored)
    rendition.save(force_insert=True)
    data = {"video": str(video.pk), "kind": str(rendition.kind), "sha256": rendition.sha256}
    record_all(actor, [Change("rendition.created", rendition, "", "", data)])
    return rendition


def _rendition(video: Video, file: StoredFile) -> Rendition:
    return Rendition(
        video=video,
        kind=file.kind,
        storage_key=file.key,
        sha256=file.sha256,
        size=file.size,
        content_type=file.content_type,
        width=file.width,
        height=file.height,
    )
