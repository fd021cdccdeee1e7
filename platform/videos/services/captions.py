"""Captions: a file of words that the artist adds to their own video.

They are among what a reviewer is shown, what an approval names and what a share serves. So nobody changes them under a
reviewer's eyes, and changing them ends an approval: the artist says that they know.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from common.actors import Actor
from common.clock import now
from common.db import compare_and_set
from common.errors import Conflict, FieldError, Invalid, NotAllowed
from videos import policies, storage, webvtt
from videos.models import Rendition, Video
from videos.selectors import captions_of
from videos.services.changes import (
    Change,
    locked,
    move,
    record_all,
    revoke_live_share,
    standing_approval_of,
    void_standing_approval,
)
from videos.states import Enforcement, RenditionKind

CONTENT_TYPE = "text/vtt"
# BCP 47 as far as captions need it: language, script, region, variants.
LANGUAGE = re.compile(
    r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|[0-9]{3}))?((?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*)",
    re.ASCII,
)


def set_captions(*, actor: Actor, video: Video, data: bytes, language: str, end_approval: bool = False) -> Rendition:
    """Give the video these captions, in place of those that it has; the same again changes nothing.

    Invalid says which line is wrong. Conflict while a case is open, and under a standing approval unless
    `end_approval`: then the share ends, the approval is void and the video private again.
    """
    if not policies.can_caption(actor, video):
        raise NotAllowed(_("Only its owner gives a video captions."))
    language = _valid(video, data, language)
    # Before the file is stored too: a refusal should cost nothing.
    _require_changeable(video, end_approval=end_approval)
    stored = _store(data)
    kept: Rendition | None = None
    try:
        kept = _keep(actor, video, stored, language, end_approval=end_approval)
    finally:
        if kept is None or kept.storage_key != stored.key:
            storage.forget(stored.key)
    return kept


@transaction.atomic
def remove_captions(*, actor: Actor, video: Video, end_approval: bool = False) -> None:
    """Take the captions away; raises as `set_captions` does, and Conflict when there are none."""
    if not policies.can_caption(actor, video):
        raise NotAllowed(_("Only its owner gives a video captions."))
    video = locked(video)
    old = captions_of(video)
    if old is None:
        raise Conflict(_("This video has no captions."), code="no_captions")
    _require_changeable(video, end_approval=end_approval)
    changes = _end_approval(video)
    _replace(old)
    data = {"video": str(video.pk), "sha256": old.sha256}
    record_all(actor, [*changes, Change("captions.removed", old, "current", "replaced", data)])


def language_of(tag: str) -> str:
    """The tag as BCP 47 writes it, "pt-BR" and "zh-Hant", or Invalid."""
    found = LANGUAGE.fullmatch(tag.strip())
    if found is None:
        allowed = _("a language tag: en, pt-BR, zh-Hant")
        raise Invalid([FieldError("language", _("This is no language tag."), allowed)])
    language, script, region, variants = found.groups()
    parts = [language.lower(), (script or "").title(), (region or "").upper()]
    return "-".join(part for part in parts if part) + variants.lower()


def _valid(video: Video, data: bytes, language: str) -> str:
    errors: list[FieldError] = []
    try:
        language = language_of(language)
    except Invalid as error:
        errors += error.fields
    # A cue may end with the last frame, wherever between two milliseconds that is.
    errors += webvtt.read(data, most_ms=-(-video.frame_count * 1000 // video.fps)).errors
    if errors:
        raise Invalid(errors)
    return language


def _store(data: bytes) -> storage.StoredFile:
    with tempfile.TemporaryDirectory(prefix="captions-") as folder:
        path = Path(folder) / "captions.vtt"
        path.write_bytes(data)
        return storage.store(path, prefix=storage.CAPTIONS, kind=RenditionKind.CAPTIONS, content_type=CONTENT_TYPE)


@transaction.atomic(durable=True)
def _keep(actor: Actor, video: Video, stored: storage.StoredFile, language: str, *, end_approval: bool) -> Rendition:
    video = locked(video)
    old = captions_of(video)
    if old is not None and (old.sha256, old.language) == (stored.sha256, language):
        return old
    _require_changeable(video, end_approval=end_approval)
    changes = _end_approval(video)
    if old is not None:
        _replace(old)
    new = Rendition.objects.create(
        video=video,
        kind=stored.kind,
        storage_key=stored.key,
        sha256=stored.sha256,
        size=stored.size,
        content_type=stored.content_type,
        language=language,
    )
    data = {"video": str(video.pk), "sha256": new.sha256, "replaces": old.sha256 if old else ""}
    record_all(actor, [*changes, Change("captions.set", new, "", "current", data)])
    return new


def _require_changeable(video: Video, *, end_approval: bool) -> None:
    if video.enforcement not in {Enforcement.PRIVATE, Enforcement.SHAREABLE}:
        state = Enforcement(video.enforcement).label.lower()
        raise Conflict(_("The video is %s now.") % state, code="wrong_state")
    for hold in settings.VIDEO_HOLDS:
        if sentence := import_string(hold)(video):
            raise Conflict(sentence, code="in_review")
    if not end_approval and standing_approval_of(video) is not None:
        sentence = _(
            "This video is approved as it is, and captions are a part of it. Changing them ends the approval and the "
            "public link: say that you want that, and submit it again."
        )
        raise Conflict(sentence, code="approval_stands")


def _end_approval(video: Video) -> list[Change]:
    reason = _("Its artist changed the captions")
    changes = revoke_live_share(video, reason) + void_standing_approval(video, reason)
    if video.enforcement == Enforcement.SHAREABLE:
        changes += move(video, Enforcement.PRIVATE, action="video.made_private")
    return changes


def _replace(old: Rendition) -> None:
    if not compare_and_set(
        Rendition.objects.filter(pk=old.pk), expected={"replaced_at": None}, changes={"replaced_at": now()}
    ):
        raise Conflict(_("Somebody else has just changed these captions."))
