"""A video's title."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from common.actors import Actor
from common.errors import FieldError, Invalid, NotAllowed
from videos import policies
from videos.models import Video
from videos.services.changes import Change, locked, record_all

TITLE_LENGTH = 120


@transaction.atomic
def rename(*, actor: Actor, video: Video, title: str) -> Video:
    """Give a video another title; an empty one is allowed."""
    title = title_of(title)
    video = locked(video)
    if not policies.can_rename(actor, video):
        raise NotAllowed(_("Only its owner names a video."))
    record_all(actor, set_title(video, title))
    return video


def set_title(video: Video, title: str) -> list[Change]:
    """Write the title of a locked video. The log says that it changed, and never what it says."""
    if video.title == title:
        return []
    video.title = title
    video.save(update_fields=["title"])
    return [Change("video.renamed", video)]


def title_of(text: str) -> str:
    """The title as it is kept: one line, no odd characters, short enough."""
    title = " ".join(text.split())
    allowed = _("one line of at most %d characters") % TITLE_LENGTH
    if len(title) > TITLE_LENGTH:
        raise Invalid([FieldError("title", _("The title is too long."), allowed)])
    if any(not (character.isprintable() or character in "\u200d\ufe0f") for character in title):
        raise Invalid([FieldError("title", _("The title holds characters that cannot be shown."), allowed)])
    return title
