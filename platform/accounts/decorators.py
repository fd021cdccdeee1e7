"""Who may open a page. API views have `accounts.permissions`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def signed_in(view: View[P]) -> View[P]:
    """Send anonymous people to sign in, and then back to where they wanted to go."""
    return _guarded(view, lambda user: True)


def hidden_from_strangers(view: View[P]) -> View[P]:
    """For the pages of one work: to somebody who is not signed in, no such page exists, whatever its number."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, User):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def participant_required(view: View[P]) -> View[P]:
    """People who take part; to everybody else the page does not exist."""
    return _guarded(view, lambda user: getattr(user, "participant", None) is not None)


def reviewer_required(view: View[P]) -> View[P]:
    """Reviewers; to everybody else the page does not exist."""
    return _guarded(view, lambda user: user.is_reviewer)


def lead_required(view: View[P]) -> View[P]:
    """Lead reviewers; to everybody else the page does not exist."""
    return _guarded(view, lambda user: user.is_lead_reviewer)


def admin_required(view: View[P]) -> View[P]:
    """Programme admins; to everybody else the page does not exist."""
    return _guarded(view, lambda user: user.is_admin)


def send_to(request: HttpRequest, address: str) -> HttpResponse:
    """Take the whole page to `address`, also when only a fragment of it asked; afterwards it comes back here."""
    here = request.get_full_path()
    fragment = getattr(request, "htmx", None)
    if fragment:
        here = fragment.current_url_abs_path or "/"
    elif request.method not in {"GET", "HEAD"}:
        here = ""
    target = f"{address}?{urlencode({'next': here})}" if here else address
    return HttpResponseClientRedirect(target) if fragment else redirect(target)


def _guarded(view: View[P], admits: Callable[[Any], bool]) -> View[P]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return send_to(request, resolve_url("account_login"))
        if not admits(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded
