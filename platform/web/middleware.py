"""What a person is told while something that we rely on is away: Redis, the storage, the mail server."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent

from common.errors import Unavailable
from web.views.errors import unavailable


class AwayMiddleware:
    """503 and when to try again, wherever the page itself has nothing better to say.

    Signing in counts attempts in Redis, and lets nobody in uncounted.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 503:
            # A page that gives back what was typed says it in a sentence, and to programs here.
            response.headers.setdefault("Retry-After", str(Unavailable.retry_after))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Unavailable):
            return unavailable(request, exception)
        return unavailable(request) if isinstance(exception, RedisAway | RedisSilent) else None
