"""Deactivating somebody ends everything they hold, at once."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import services
from audit.models import AuditEvent
from common.errors import Conflict, NotAllowed
from tests.accounts.conftest import TESTS, bearer

pytestmark = pytest.mark.django_db


def test_sessions_and_tokens_end_with_the_account(admin, artist, outsider, token_of):
    browsers = [Client(), Client()]
    for client in browsers:
        client.force_login(artist)
    elsewhere = Client()
    elsewhere.force_login(outsider)
    token, plaintext = token_of(artist)

    services.deactivate_user(actor=admin, user=artist)

    assert {client.get("/api/v1/me/").status_code for client in browsers} == {401}
    assert bearer(plaintext).get("/api/v1/me/").json()["code"] == "token_revoked"
    assert elsewhere.get("/api/v1/me/").status_code == 200
    assert Session.objects.count() == 1
    token.refresh_from_db()
    assert token.revoked_reason
    event = AuditEvent.objects.get(action="user.deactivated")
    assert (event.actor_id, event.target_id, event.data) == (
        str(admin.pk),
        str(artist.pk),
        {"sessions": 2, "tokens": 1},
    )


def test_an_old_cookie_does_not_revive_with_the_account(admin, artist):
    client = Client()
    client.force_login(artist)
    services.deactivate_user(actor=admin, user=artist)
    artist.is_active = True
    artist.save()
    assert client.get("/api/v1/me/").status_code == 401


def test_only_admins_do_it_and_not_to_themselves(admin, artist, outsider):
    for actor, user in ((artist, outsider), (artist, artist), (admin, admin)):
        with pytest.raises(NotAllowed):
            services.deactivate_user(actor=actor, user=user)
    assert not AuditEvent.objects.exists()


def test_twice_is_a_conflict(artist):
    services.deactivate_user(actor=TESTS, user=artist)
    with pytest.raises(Conflict):
        services.deactivate_user(actor=TESTS, user=artist)
    assert AuditEvent.objects.filter(action="user.deactivated").count() == 1


def test_a_password_is_its_persons_own_to_choose(admin, artist):
    with pytest.raises(NotAllowed):
        services.set_password(actor=admin, user=artist, password="another-long-one-9", forgotten=True)
    artist.refresh_from_db()
    assert not artist.check_password("another-long-one-9")
    assert not AuditEvent.objects.exists()
