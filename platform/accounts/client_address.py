"""Where a request comes from."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """The client's IP address; None when it has none (a Unix socket).

    X-Forwarded-For is believed only as far as our own proxies wrote it: the rest is whatever the client likes.
    """
    candidate = str(request.META.get("REMOTE_ADDR") or "")
    if settings.TRUSTED_PROXY_COUNT:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(hops) >= settings.TRUSTED_PROXY_COUNT:
            candidate = hops[-settings.TRUSTED_PROXY_COUNT] or candidate
    try:
        return str(ip_address(candidate.strip("[]")))
    except ValueError:
        return None
