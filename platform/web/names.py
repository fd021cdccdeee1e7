"""What a video is called: its title, its take's number, or what it was trimmed from."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from generation.models import Generation
from videos.models import Trim, Video


def names_of(videos: Iterable[Video]) -> dict[UUID, str]:
    """For each video. No query where each has a title or a take; else one for every time that trims were trimmed again.

    Take the videos with their `generation`, or it is asked for one by one.
    """
    names: dict[UUID, str] = {}
    asked = {video.pk: video for video in videos}  # whose name is sought, and the source that may give it
    while asked:
        unnamed: dict[UUID, UUID] = {}
        for pk, video in asked.items():
            name = _own_name(video)
            if not name:
                unnamed[pk] = video.pk
            else:
                names[pk] = name if video.pk == pk else _("Trim of %(name)s") % {"name": name}
        sources = _sources(unnamed.values()) if unnamed else {}
        asked = {pk: sources[reached] for pk, reached in unnamed.items() if reached in sources}
        names |= {pk: _("Untitled") for pk, reached in unnamed.items() if reached not in sources}
    return names


def _own_name(video: Video) -> str:
    if video.title:
        return video.title
    generation: Generation | None = getattr(video, "generation", None)
    return _("Take %(take)s") % {"take": generation.take} if generation else ""


def _sources(results: Iterable[UUID]) -> dict[UUID, Video]:
    """What each of them was cut from."""
    trims = Trim.objects.filter(result__in=set(results)).select_related("video__generation")
    return {trim.result_id: trim.video for trim in trims if trim.result_id}
