"""Progress is shown when there is a cache, and costs nothing when there is none."""

from __future__ import annotations

import time
import uuid

from django.core.cache import cache

from generation import progress
from generation.progress import Progress, Stage


def test_what_was_reported_is_read_back():
    known, unknown = uuid.uuid4(), uuid.uuid4()
    progress.report(known, 3, 6, Stage.DENOISE)
    assert progress.read([known, unknown]) == {known: Progress(3, 6, "denoise")}
    progress.forget(known)
    assert progress.read([known]) == {}


def test_nothing_is_asked_for_nothing():
    assert progress.read([]) == {}


def test_an_emptied_cache_forgets_and_goes_on():
    generation_id = uuid.uuid4()
    progress.report(generation_id, 3, 6, Stage.DENOISE)
    cache.clear()
    assert progress.read([generation_id]) == {}


def test_without_redis_nothing_fails_and_nobody_waits(settings, tmp_path):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"unix://{tmp_path}/nobody.sock",
        }
    }
    started = time.monotonic()
    progress.report(uuid.uuid4(), 1, 2, Stage.DENOISE)
    progress.forget(uuid.uuid4())
    assert progress.read([uuid.uuid4()]) == {}
    assert time.monotonic() - started < 1
