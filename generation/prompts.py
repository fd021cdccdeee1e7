"""What detectors are told of a prompt (`settings.REVIEW_PROMPTS`). It is for them alone."""

from __future__ import annotations

from typing import TypedDict
from uuid import UUID

from generation.models import Generation
from videos.models import Video
from videos.selectors import material_of

MOST = 1000


class Prompt(TypedDict):
    """The prompt, and the videos of others that were made from the same words."""

    prompt: str
    elsewhere: list[UUID]


def prompt(video: Video) -> Prompt:
    """Nothing for a video that was not generated here; what was trimmed was asked for as its source was.

    Upper and lower case are the same words.
    """
    mine = Generation.objects.filter(video=material_of(video)).first()
    words = mine.prompt.strip() if mine else ""
    if not words:
        return Prompt(prompt="", elsewhere=[])
    others = Generation.objects.filter(prompt__iexact=words, video__isnull=False).exclude(video__owner=video.owner_id)
    return Prompt(prompt=words, elsewhere=list(others.order_by("-id").values_list("video_id", flat=True)[:MOST]))
