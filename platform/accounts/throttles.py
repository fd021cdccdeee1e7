"""How often one client may ask. Rates are in the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from accounts.client_address import client_address

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself loads this module, by its default settings


class PerAddress(SimpleRateThrottle):
    """For what anonymous people may call: counted by client address, which a made-up header cannot change."""

    scope = "anonymous"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        ident = client_address(request) or "nowhere"
        return self.cache_format % {"scope": self.scope, "ident": ident}


class PerPerson(SimpleRateThrottle):
    """For signed-in people: all tokens and browsers of one person count together.

    The API's default. It protects the site from a script that runs wild, so while Redis is away it lets people in.
    """

    scope = "person"

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except RedisError:
            return True

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if not request.user.is_authenticated:
            return None
        return self.cache_format % {"scope": self.scope, "ident": request.user.pk}
