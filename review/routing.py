"""Which queue a case waits in: facts about it, and the rules of the queues."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from review.models import ReviewCase, ReviewQueue
from videos.models import Video

FactsOf = Callable[[Video], Mapping[str, str]]


def facts_of(video: Video) -> dict[str, str]:
    """`model_key` and `language` of a video, from the apps that know (`REVIEW_ROUTING_FACTS`)."""
    facts = {"model_key": "", "language": ""}
    for provider in _providers(tuple(settings.REVIEW_ROUTING_FACTS)):
        facts |= provider(video)
    return facts


@cache
def _providers(paths: tuple[str, ...]) -> tuple[FactsOf, ...]:
    return tuple(import_string(path) for path in paths)


def queue_for(case: ReviewCase) -> ReviewQueue | None:
    """The first queue whose rules take the case; None is the general queue."""
    return None
