"""I7: a revoked token is refused from the next request on, at every address of the API."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts import services
from accounts.models import ApiToken, User
from accounts.states import GRANTED_SCOPES, Scope
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ME = "/api/v1/me/"
PARAMETERS = {"uuid": str(uuid.UUID(int=7)), "int": "7", "str": "original", "slug": "sharing"}


def addresses(patterns: Any = None, start: str = "/") -> Iterator[str]:
    """Every address under /api/v1/, with something plausible in place of its parameters."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        path = start + re.sub(
            r"<(?:(\w+):)?\w+>", lambda match: PARAMETERS.get(match[1] or "str", "x"), str(entry.pattern)
        )
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, path)
        elif isinstance(entry, URLPattern) and path.startswith("/api/v1/"):
            yield path


def make_token(user: User, *, with_private_media: bool = False) -> tuple[ApiToken, dict[str, str]]:
    scopes = [scope for scope in Scope if scope not in GRANTED_SCOPES]
    token, plaintext = services.create_token(actor=user, name="everything", scopes=scopes)
    if with_private_media:
        token = services.grant_private_media(actor=AdminFactory(), token=token)
    return token, {"Authorization": f"Bearer {plaintext}"}


def answer_of(client: Client, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    answer = client.generic(method, path, "{}", content_type="application/json", headers=headers)
    if answer.status_code != 401:
        return answer.status_code, ""
    # HEAD has no body, and the documentation's page is no JSON.
    says_why = answer.content.startswith(b"{")
    return answer.status_code, answer.json()["code"] if says_why else "token_revoked"


@pytest.mark.django_db
@pytest.mark.parametrize("maker", [lambda: ParticipantFactory().user, ReviewerFactory, AdminFactory])
def test_every_address_refuses_a_revoked_token_whatever_the_method(client, maker):
    user = maker()
    token, headers = make_token(user, with_private_media=True)
    assert answer_of(client, "GET", ME, headers) == (200, "")
    services.revoke_token(actor=user, token=token)
    paths = sorted(set(addresses()))
    assert len(paths) > 10
    for path in paths:
        for method in METHODS:
            assert answer_of(client, method, path, headers) == (401, "token_revoked"), (method, path)


@pytest.mark.django_db
def test_a_signed_in_browser_does_not_lend_itself_to_a_revoked_token(client):
    user = ParticipantFactory().user
    token, headers = make_token(user)
    client.force_login(user)
    services.revoke_token(actor=user, token=token)
    assert answer_of(client, "GET", ME, headers) == (401, "token_revoked")
    assert answer_of(client, "GET", ME, {}) == (200, "")


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["owner", "admin", "deactivation"])
def test_however_it_ends_the_very_next_request_is_refused(client, how):
    user, admin = ParticipantFactory().user, AdminFactory()
    token, headers = make_token(user)
    assert answer_of(client, "GET", ME, headers)[0] == 200
    if how == "deactivation":
        services.deactivate_user(actor=admin, user=user)
    else:
        services.revoke_token(actor=user if how == "owner" else admin, token=token)
    assert answer_of(client, "GET", ME, headers) == (401, "token_revoked")


@pytest.mark.django_db
def test_revoking_one_token_leaves_the_others_alone(client):
    user = ParticipantFactory().user
    leaked, leaked_headers = make_token(user)
    _kept, kept_headers = make_token(user)
    services.revoke_token(actor=user, token=leaked)
    assert answer_of(client, "GET", ME, leaked_headers)[0] == 401
    assert answer_of(client, "GET", ME, kept_headers)[0] == 200


@pytest.mark.django_db
def test_nothing_brings_a_revoked_token_back(client):
    user = ParticipantFactory().user
    token, headers = make_token(user)
    services.revoke_token(actor=user, token=token)
    services.note_use(token=token, address="192.0.2.1")
    services.revoke_token(actor=user, token=token)
    assert answer_of(client, "GET", ME, headers) == (401, "token_revoked")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_many_requests_under_way_none_that_starts_after_the_revocation_gets_in():
    user = ParticipantFactory().user
    token, headers = make_token(user)
    seen: list[tuple[float, int]] = []
    enough, revoked = threading.Event(), threading.Event()

    def hammer(_index: int) -> None:
        client = Client()
        after = 0
        try:
            while after < 10:
                started = time.monotonic()
                after += revoked.is_set()
                seen.append((started, answer_of(client, "GET", ME, headers)[0]))
                if len(seen) > 40:
                    enough.set()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        running = [pool.submit(hammer, index) for index in range(6)]
        assert enough.wait(30)
        services.revoke_token(actor=user, token=token)
        moment = time.monotonic()
        revoked.set()
        for each in running:
            each.result(60)
    before = {status for started, status in seen if started < moment}
    after = {status for started, status in seen if started >= moment}
    assert 200 in before
    assert after == {401}
