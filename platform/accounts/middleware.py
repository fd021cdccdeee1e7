"""What is asked of every request: no token in its address, a time zone, the terms accepted."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from accounts.decorators import send_to
from accounts.models import User
from accounts.permissions import terms_required
from accounts.policies import must_accept_terms
from accounts.token_format import contains_token
from common.problems import CONTENT_TYPE, problem_of, problem_response

GetResponse = Callable[[HttpRequest], HttpResponse]

API = "/api/"
HEADLESS = "/_allauth/"


class NoTokenInAddressMiddleware:
    """Refuses a request whose address holds a token: addresses end up in logs, histories and Referer headers."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not contains_token(f"{request.path}?{request.META.get('QUERY_STRING', '')}"):
            return self.get_response(request)
        if request.path.startswith((API, HEADLESS)):
            detail = _(
                "This address contains an API token, so it was refused. Revoke that token: it may be in logs by now. "
                "Send a token in the header “Authorization: Bearer …” only."
            )
            response: HttpResponse = problem_response(request, 400, "token_in_address", detail)
        else:
            # This comes before the middlewares that would set these two.
            request.user = AnonymousUser()
            request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]
            response = render(request, "accounts/token_in_address.html", status=400)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        # Django would log the address of a refused request.
        response._has_been_logged = True  # type: ignore[attr-defined]
        return response


class HeadlessBodyMiddleware:
    """Refuses JSON that cannot be read: nested too deeply, or with a number too long, it would fail inside allauth."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(HEADLESS) and request.body:
            try:
                json.loads(request.body)
            except (ValueError, RecursionError):
                return problem_response(request, 400, "parse_error", _("This body is no JSON that can be read."))
        return self.get_response(request)


class TimeZoneMiddleware:
    """Shows times in the person's own zone: the one they set, or the one their browser named in a cookie."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(_zone_of(request)):
            return self.get_response(request)


def _zone_of(request: HttpRequest) -> ZoneInfo:
    chosen = request.user.time_zone if isinstance(request.user, User) else "UTC"
    if chosen == "UTC":
        chosen = unquote(request.COOKIES.get("tz", ""))
    return ZoneInfo(chosen if chosen in _zone_names() else "UTC")


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


class TermsMiddleware:
    """Until a participant has accepted the current terms, only the terms and signing out are open to them.

    The API is guarded by its permission classes, which also know tokens.
    """

    # The theme switch stands on the terms page and touches nothing but a cookie; the rules are for everybody to read.
    OPEN_PAGES = frozenset(
        {"terms", "theme", "rules", "rules-policy", "account_logout", "headless:browser:account:current_session"}
    )
    MEDIA_PAGES = frozenset({"video-media", "share-media"})

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if not isinstance(request.user, User) or request.path.startswith(API):
            return None
        page = request.resolver_match.view_name if request.resolver_match else ""
        if page in self.OPEN_PAGES or not must_accept_terms(request.user):
            return None
        if page in self.MEDIA_PAGES or request.path.startswith(HEADLESS):
            return JsonResponse(problem_of(terms_required()), status=403, content_type=CONTENT_TYPE)
        return send_to(request, resolve_url("terms"))
