"""Pictures to start from: brought, counted against a storage quota, read by workers, deleted when nothing uses them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any, BinaryIO

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

import audit.services
from accounts.models import Participant, User
from accounts.selectors import has_accepted_terms
from common.db import lock
from common.errors import Conflict, NotAllowed, NotFound, QuotaExceeded
from generation import policies
from generation.models import InputImage
from generation.pictures.checking import MOST_BYTES, PlainPicture, plain_picture, too_large
from videos import storage
from videos.storage import StorageFailed

if TYPE_CHECKING:
    from generation.engines.base import Frame

PREFIX = "input-images"
CONTENT_TYPE = "image/webp"
MIB = 1024 * 1024
ORPHANS_AFTER = timedelta(hours=1)  # an upload takes seconds from its file to its row


def add(*, actor: User, file: BinaryIO | File[Any], name: str, size: int) -> tuple[InputImage, bool]:
    """Check, re-encode and keep a picture; whether it is new (the same picture again is the one that is there).

    `size` is what was sent, also where `file` holds less of it. Raises Invalid with what is wrong with the picture,
    NotAllowed for whoever takes no part, and QuotaExceeded when there is no room for it.
    """
    participant = _participation(actor)
    if size > MOST_BYTES:
        raise too_large(size)
    _check_room(participant, 1)
    with plain_picture(file.read(MOST_BYTES + 1), name) as picture:
        # Stored outside of the transaction, because it is slow; what a crash leaves behind is swept.
        key = storage.new_key(PREFIX, CONTENT_TYPE)
        kept: InputImage | None = None
        try:
            sha256, stored = storage.put(picture.path, key=key, content_type=CONTENT_TYPE)
            storage.put(picture.small, key=small_key(key), content_type=CONTENT_TYPE)
            kept = _keep(actor, participant, key, sha256, stored, picture)
        finally:
            if kept is None or kept.storage_key != key:
                _delete_files(key)
    return kept, kept.storage_key == key


def remove(*, actor: User, image: InputImage) -> None:
    """Delete a picture that no generation started from; one that was used raises Conflict."""
    if not policies.images_of(actor).filter(pk=image.pk).exists():
        raise NotFound
    with transaction.atomic():
        # Whoever asks for a generation locks the same row, so none comes to use the picture meanwhile.
        lock(Participant.objects.filter(pk=image.participant_id)).get()
        found = InputImage.objects.filter(pk=image.pk).first()
        if found is None:
            raise NotFound
        if user := found.generations.order_by("take").first():
            words = {"take": user.take}
            raise Conflict(_("Take %(take)s started from this picture, so it stays.") % words, code="image_in_use")
        key = found.storage_key
        audit.services.record(actor=actor, action="image.deleted", target=found, data={"sha256": found.sha256})
        InputImage.objects.filter(pk=found.pk).delete()
        transaction.on_commit(lambda: _delete_files(key))


def used_bytes(participant: Participant) -> int:
    """What the participant's pictures take, as stored."""
    total = InputImage.objects.filter(participant=participant).aggregate(total=Sum("size_bytes"))["total"]
    return int(total or 0)


def most_bytes() -> int:
    """What they may take."""
    return int(settings.INPUT_IMAGES_MAX_MIB) * MIB


def read(image: InputImage) -> Frame:
    """The picture for an engine: height × width × 3, RGB, 0 to 255. Raises StorageFailed if it is gone or altered."""
    # Only workers read pixels: web processes need neither of the two.
    import numpy as np
    from PIL import Image

    with storage.open_file(image.storage_key) as source:
        data = source.read()
    if hashlib.sha256(data).hexdigest() != image.sha256:
        raise StorageFailed("A picture is not the one that was stored.")
    with Image.open(io.BytesIO(data), formats=("WEBP",)) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def small_key(key: str) -> str:
    """Where the copy for lists lies."""
    return key.removesuffix(".webp") + "-small.webp"


def sweep_orphans() -> int:
    """Delete the files that an interrupted upload or deletion left behind; the number deleted."""
    return storage.sweep_unnamed(PREFIX, _named, ORPHANS_AFTER)


def _named(keys: list[str]) -> Collection[str]:
    large = {key.replace("-small.webp", ".webp") for key in keys}
    named = set(InputImage.objects.filter(storage_key__in=large).values_list("storage_key", flat=True))
    return named | {small_key(key) for key in named}


def _participation(actor: User) -> Participant:
    participant = policies.participation_of(actor)
    if participant is None:
        raise NotAllowed(_("Only participants of the programme bring pictures."), code="not_a_participant")
    if not has_accepted_terms(actor):
        raise NotAllowed(_("Accept the programme's terms first."), code="terms_required")
    return participant


@transaction.atomic
def _keep(actor: User, participant: Participant, key: str, sha256: str, size: int, picture: PlainPicture) -> InputImage:
    lock(Participant.objects.filter(pk=participant.pk)).get()
    known = InputImage.objects.filter(participant=participant, sha256=sha256).first()
    if known is not None:
        return known
    _check_room(participant, size)
    image = InputImage.objects.create(
        participant=participant,
        storage_key=key,
        sha256=sha256,
        width=picture.width,
        height=picture.height,
        size_bytes=size,
    )
    data = {"sha256": sha256, "bytes": size, "size": f"{picture.width}x{picture.height}"}
    audit.services.record(actor=actor, action="image.uploaded", target=image, data=data)
    return image


def _check_room(participant: Participant, size: int) -> None:
    used, most = used_bytes(participant), most_bytes()
    if used + size > most:
        sentence = _("Your pictures take %(used)s of %(most)s MiB, and this one does not fit. Delete one first.")
        extra = {"used_bytes": used, "allowed_bytes": most}
        raise QuotaExceeded(sentence % {"used": used // MIB, "most": most // MIB}, code="images_full", extra=extra)


def _delete_files(key: str) -> None:
    for one in (key, small_key(key)):
        storage.forget(one)
