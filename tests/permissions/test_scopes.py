"""What a token needs at every address of the API and for every method: `scopes.txt`, held against the URLconf.

Two requests a row prove it for each scope by itself: with that one alone the token gets in, and with all the others
together it does not. What is asked for does not exist: whoever is let in hears 400 or 404, and the door is asked first.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from django.core.cache import cache as throttles
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import token_format
from accounts.models import ApiToken, User
from accounts.states import Scope
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory
from tests.permissions.world import MISSING, addresses

TABLE = Path(__file__).with_name("scopes.txt")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
EVERYTHING = frozenset(Scope)
OF_API = {name: (pattern, view) for name, pattern, view in addresses() if pattern.startswith("api/")}
NOBODY = {"uuid": str(MISSING), "str": "n" * 22, "slug": "nothing"}


@cache
def rows() -> dict[tuple[str, str], str]:
    lines = [line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    found = {(name, method): needed for name, method, needed in lines}
    assert len(found) == len(lines), "an address and method twice"
    return found


def address_of(name: str) -> str:
    pattern, _view = OF_API[name]
    return "/" + re.sub(r"<(\w+):\w+>", lambda match: NOBODY[match[1]], pattern)


class Door:
    """Tokens of somebody who may do what is asked for, were it not for the token."""

    def __init__(self) -> None:
        self.artist, self.reviewer, self.admin = ParticipantFactory().user, ReviewerFactory(), AdminFactory()

    def person(self, needed: str) -> User:
        """To anybody else the desk and the programme do not exist, whatever their token says."""
        return {Scope.REVIEW: self.reviewer, Scope.PROGRAMME_ADMIN: self.admin}.get(needed, self.artist)  # type: ignore[call-overload]

    def refusal(self, row: tuple[str, str], scopes: frozenset[str] | None) -> str:
        """The code with which a token of these scopes is refused; None: nobody is signed in at all."""
        name, method = row
        throttles.clear()
        client = APIClient()
        if scopes is not None:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.token(self.person(rows()[row]), scopes)}")
        response = client.generic(method, address_of(name), "{}", content_type="application/json")
        return response.json()["code"] if response.status_code in {401, 403} else ""

    @cache  # noqa: B019  the tokens live as long as this one test
    def token(self, user: User, scopes: frozenset[str]) -> str:
        """Written as a row: the service refuses a token that may do nothing, and one that downloads films."""
        plaintext = token_format.generate()
        ApiToken.objects.create(
            user=user,
            name="t",
            hint=token_format.hint(plaintext),
            sha256=token_format.digest(plaintext),
            scopes=sorted(scopes),
            expires_at=timezone.now() + timedelta(days=1),
        )
        return plaintext


def tries(needed: str) -> dict[frozenset[str] | None, str]:
    """The scopes that a row is tried with, and the code of the refusal that they deserve; empty when let in."""
    words: dict[str, dict[frozenset[str] | None, str]] = {
        "open": {None: ""},
        "any": {frozenset(): ""},
        "session": {EVERYTHING: "session_required"},
    }
    return words.get(needed) or {frozenset({needed}): "", EVERYTHING - {needed}: "scope_missing"}


def test_every_address_and_method_of_the_api_has_a_row() -> None:
    answered = {
        (name, method) for name, (_, view) in OF_API.items() for method in METHODS if hasattr(view.cls, method.lower())
    }
    assert answered - rows().keys() == set(), "addresses and methods without a row"
    assert rows().keys() - answered == set(), "rows without an address or its method"
    assert set(rows().values()) == {*Scope, "any", "session", "open"}


@pytest.mark.django_db
def test_a_token_gets_in_with_the_scope_of_the_table_and_with_no_other() -> None:
    door = Door()
    wrong = [
        f"{row}, which needs {needed!r}, tells a token with {sorted(scopes or ())}: {got or 'come in'}"
        for row, needed in rows().items()
        for scopes, expected in tries(needed).items()
        if (got := door.refusal(row, scopes)) != expected
    ]
    assert not wrong, "\n".join(wrong)
