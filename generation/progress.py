"""How far a running generation is, in the cache: worth showing, never worth failing or blocking for."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from uuid import UUID

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

# A worker that dies leaves its last word behind for this long.
KEPT_SECONDS = 3600


class Stage(StrEnum):
    """What a worker is doing with a generation, in this order."""

    LOAD = "load"
    TEXT = "text"
    DENOISE = "denoise"
    DECODE = "decode"
    ENCODE = "encode"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class Progress:
    """`step` of `total` denoising steps are done, and `stage` is under way."""

    step: int
    total: int
    stage: str


def report(generation_id: UUID, step: int, total: int, stage: str) -> None:
    """Say how far it is. Without a cache nothing is said, and the generation goes on."""
    try:
        cache.set(_key(generation_id), asdict(Progress(step, total, str(stage))), KEPT_SECONDS)
    except (RedisError, OSError) as error:
        log.debug("Progress is not shown: %s.", type(error).__name__)


def read(ids: Iterable[UUID]) -> dict[UUID, Progress]:
    """The progress of those generations of which any is known, in one round trip."""
    keys = {_key(generation_id): generation_id for generation_id in ids}
    if not keys:
        return {}
    try:
        found = cache.get_many(keys)
    except (RedisError, OSError):
        return {}
    return {keys[key]: Progress(**value) for key, value in found.items()}


def forget(generation_id: UUID) -> None:
    """Drop what was said, so that another attempt does not start at the place where this one ended."""
    try:
        cache.delete(_key(generation_id))
    except (RedisError, OSError) as error:
        log.debug("Progress is not forgotten: %s.", type(error).__name__)


def _key(generation_id: UUID) -> str:
    return f"progress:{generation_id}"
