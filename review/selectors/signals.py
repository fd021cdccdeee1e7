"""What the detectors are given, and what still waits for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string

from review.models import FrameHash, ReviewCase, Signal
from review.selectors.rules import current_policy
from review.signals import pdq
from review.signals.near_duplicate import Known
from review.states import OPEN_STATES, Outcome, SignalState
from videos.models import Rendition, Video
from videos.states import Enforcement, RenditionKind


class Prompt(TypedDict):
    """What a video was asked for by, and the videos of other artists that were asked for by the same words."""

    prompt: str
    elsewhere: list[UUID]


def shown_copy(video: Video) -> Rendition | None:
    """The share copy as it is now: what a reviewer watches and detectors look at."""
    return Rendition.objects.current().filter(video=video, kind=RenditionKind.SHARE_COPY).first()


def first_waiting(without: Collection[UUID] = ()) -> Rendition | None:
    """The share copy that detectors look at next: the one whose open case is due first."""
    waiting = (
        Signal.objects.filter(
            state=SignalState.PENDING, rendition__replaced_at=None, video__review_cases__state__in=OPEN_STATES
        )
        .exclude(rendition__in=without)
        .order_by("video__review_cases__due_at", "rendition_id")
        .select_related("rendition__video")
        .first()
    )
    return waiting.rendition if waiting else None


def prompt_of(video: Video) -> Prompt:
    """From the app that knows (`REVIEW_PROMPTS`). For detectors only: it is shown to nobody, and never logged."""
    return _provider(settings.REVIEW_PROMPTS)(video)


@cache
def _provider(path: str) -> Callable[[Video], Prompt]:
    provider: Callable[[Video], Prompt] = import_string(path)
    return provider


def submitted_elsewhere(video: Video, prompt: Prompt) -> list[str]:
    """Those of the same prompt that were submitted too: the prompt of a private work stays private."""
    cases = ReviewCase.objects.filter(video__in=prompt["elsewhere"], golden=None).exclude(video__owner=video.owner_id)
    return [str(pk) for pk in cases.order_by("-video_id").values_list("video_id", flat=True).distinct()]


def policy_topics() -> dict[str, str]:
    """Reason code -> what it is about, from the policy in force."""
    policy = current_policy()
    return {reason.code: reason.description for reason in policy.reason_codes.all()} if policy else {}


def refused_prints(video: Video) -> Iterator[Known]:
    """The frames of the works that stand refused or taken down, but those of the video itself."""
    rejected = Q(
        review_cases__decisions__outcome=Outcome.REJECT,
        review_cases__decisions__superseded_by=None,
        review_cases__golden=None,
    )
    works = Video.objects.filter(rejected | Q(enforcement=Enforcement.TAKEN_DOWN)).exclude(
        enforcement=Enforcement.SHAREABLE  # rejected once, and approved since
    )
    rows = (
        FrameHash.objects.filter(rendition__video__in=works.values("pk"), quality__gte=pdq.LEAST_QUALITY)
        .exclude(rendition__video=video)
        .order_by()
        .values_list("rendition__video_id", "at_ms", "pdq")
    )
    return (Known(str(work), at_ms, digest) for work, at_ms, digest in rows.iterator(chunk_size=5000))
