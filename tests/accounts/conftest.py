"""Fixtures of the accounts tests: mails are kept in memory, and invitations can be made in one word."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core import mail
from rest_framework.test import APIClient

from accounts import services
from accounts.models import ApiToken, Invitation, User
from accounts.states import Scope
from common.actors import System
from tests.factories import AdminFactory, CohortFactory, ParticipantFactory, UserFactory

PASSWORD = "four-long-quiet-words"
TESTS = System("tests")


@pytest.fixture
def admin(db) -> User:
    return AdminFactory()


@pytest.fixture
def artist(db) -> User:
    return ParticipantFactory().user


@pytest.fixture
def newcomer(db) -> User:
    """An artist who has not accepted the terms in force."""
    from tests.factories import TermsVersionFactory

    TermsVersionFactory()
    return ParticipantFactory(terms=False).user


@pytest.fixture
def outsider(db) -> User:
    """Signed in, but neither staff nor participant."""
    return UserFactory()


@pytest.fixture
def invited(db) -> Callable[..., tuple[Invitation, str]]:
    """Invites somebody; there is a cohort to join."""
    CohortFactory()

    def invite(email: str = "nina@example.org", **kwargs: object) -> tuple[Invitation, str]:
        return services.invite(actor=TESTS, email=email, **kwargs)  # type: ignore[arg-type]

    return invite


@pytest.fixture
def token_of() -> Callable[..., tuple[ApiToken, str]]:
    def make(user: User, *scopes: str, days: int = 30) -> tuple[ApiToken, str]:
        chosen = scopes or (Scope.GENERATIONS_READ,)
        return services.create_token(actor=user, name="a script", scopes=chosen, days=days)

    return make


def bearer(plaintext: str) -> APIClient:
    """An API client that sends this token and nothing else."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {plaintext}")
    return client


def link_in_the_last_mail(prefix: str) -> str:
    """The path in the newest mail that begins with `prefix`."""
    found = re.search(rf"https?://[^/\s]+({re.escape(prefix)}\S*)", mail.outbox[-1].body)
    assert found, mail.outbox[-1].body
    return found[1]
