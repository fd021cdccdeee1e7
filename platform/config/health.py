"""Whether this process can do its work: its database and its Redis answer. For load balancers and `make demo`."""

from __future__ import annotations

import secrets

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when both answer, 503 when one does not; says which, and nothing else about us."""
    parts = {"database": _database_answers(), "redis": _redis_answers()}
    return JsonResponse(parts, status=200 if all(parts.values()) else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    word = secrets.token_hex(8)
    try:
        cache.set(f"healthz:{word}", word, timeout=5)
        return bool(cache.get(f"healthz:{word}") == word)
    except (RedisError, OSError):
        return False
