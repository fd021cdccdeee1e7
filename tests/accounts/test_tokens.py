"""API tokens: made, granted, revoked by their services."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import services
from accounts.models import ApiToken
from accounts.selectors import token_by_plaintext
from accounts.states import GRANTED_SCOPES, Scope, TokenState
from accounts.token_format import digest, generate, is_well_formed
from audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed, NotFound

pytestmark = pytest.mark.django_db
OWN = [scope for scope in Scope if scope not in GRANTED_SCOPES]


def test_only_the_digest_and_a_hint_are_kept(artist, token_of):
    token, plaintext = token_of(artist)
    assert is_well_formed(plaintext)
    assert token.sha256 == digest(plaintext)
    kept = [str(row) for row in ApiToken.objects.values()] + [str(row) for row in AuditEvent.objects.values()]
    assert not any(plaintext in row or plaintext[12:] in row for row in kept)
    assert token_by_plaintext(plaintext) == token


def test_a_token_lives_thirty_days_unless_told_otherwise(artist):
    token, _plaintext = services.create_token(actor=artist, name="x", scopes=[Scope.VIDEOS_READ])
    assert abs(token.expires_at - timezone.now() - timedelta(days=30)) < timedelta(seconds=10)


@pytest.mark.parametrize("days", [0, -1, 366, 10**12])
def test_a_life_beyond_a_year_or_below_a_day_is_refused(artist, token_of, days):
    with pytest.raises(Invalid) as refused:
        token_of(artist, days=days)
    assert refused.value.fields[0].field == "days"
    assert "365" in refused.value.fields[0].allowed
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("days", [1, 365])
def test_a_day_and_a_year_are_allowed(artist, token_of, days):
    assert token_of(artist, days=days)[0].is_live


@pytest.mark.parametrize("scopes", [[], ["everything"], [Scope.VIDEOS_READ, "x"], [""]])
def test_scopes_must_be_known_and_at_least_one(artist, scopes):
    with pytest.raises(Invalid) as refused:
        services.create_token(actor=artist, name="x", scopes=scopes)
    assert refused.value.fields[0].field == "scopes"
    assert refused.value.fields[0].allowed.split(", ") == [scope.value for scope in OWN]


def test_private_media_cannot_be_taken_by_oneself(artist, admin):
    for person in (artist, admin):
        with pytest.raises(Invalid, match="granted by a programme admin"):
            services.create_token(actor=person, name="x", scopes=[Scope.VIDEOS_READ, Scope.MEDIA_PRIVATE])
    assert not ApiToken.objects.exists()


def test_scopes_are_kept_once_and_in_one_order(artist):
    scopes = [Scope.VIDEOS_SHARE, Scope.GENERATIONS_READ, Scope.VIDEOS_SHARE]
    token, _plaintext = services.create_token(actor=artist, name="x", scopes=scopes)
    assert token.scopes == ["generations:read", "videos:share"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x07b"])
def test_a_token_needs_a_name_that_can_be_shown(artist, name):
    with pytest.raises(Invalid) as refused:
        services.create_token(actor=artist, name=name, scopes=[Scope.VIDEOS_READ])
    assert refused.value.fields[0].field == "name"


def test_an_admin_grants_private_media_and_nobody_else(artist, admin, token_of):
    token, _plaintext = token_of(artist)
    with pytest.raises(NotAllowed):
        services.grant_private_media(actor=artist, token=token)
    granted = services.grant_private_media(actor=admin, token=token)
    services.grant_private_media(actor=admin, token=token)
    assert granted.scopes == [Scope.GENERATIONS_READ, Scope.MEDIA_PRIVATE]
    assert AuditEvent.objects.filter(action="token.private_media_granted").count() == 1


def test_a_closed_token_is_granted_nothing(artist, admin, token_of):
    token, _plaintext = token_of(artist)
    services.revoke_token(actor=artist, token=token)
    with pytest.raises(Conflict):
        services.grant_private_media(actor=admin, token=token)


def test_revoking_is_for_its_owner_and_admins_and_says_why(artist, admin, outsider, token_of):
    token, plaintext = token_of(artist)
    with pytest.raises(NotFound):
        services.revoke_token(actor=outsider, token=token)
    services.revoke_token(actor=admin, token=token, reason="Seen in a public notebook.")
    assert token_by_plaintext(plaintext).state == TokenState.REVOKED
    assert token.revoked_reason == "Seen in a public notebook."


def test_revoking_twice_keeps_the_first_moment_and_one_event(artist, token_of):
    token, _plaintext = token_of(artist)
    first = services.revoke_token(actor=artist, token=token).revoked_at
    assert services.revoke_token(actor=artist, token=token).revoked_at == first
    assert AuditEvent.objects.filter(action="token.revoked").count() == 1


def test_making_a_token_leaves_one_event_without_the_token(artist, token_of):
    token, _plaintext = token_of(artist, Scope.VIDEOS_READ, days=7)
    (event,) = AuditEvent.objects.all()
    assert (event.action, event.target_id, event.actor_id) == ("token.created", str(token.pk), str(artist.pk))
    assert event.data == {"scopes": ["videos:read"], "days": 7}


def test_noise_is_refused_without_asking_the_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert token_by_plaintext("dly_" + "x" * 36) is None
        assert token_by_plaintext("") is None
    with django_assert_num_queries(1):
        assert token_by_plaintext(generate()) is None


def test_use_is_noted_at_most_once_a_minute(artist, token_of, django_assert_num_queries):
    token, _plaintext = token_of(artist)
    services.note_use(token=token, address="192.0.2.1")
    token.refresh_from_db()
    first = token.last_used_at
    with django_assert_num_queries(0):
        services.note_use(token=token, address="192.0.2.2")
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    token.refresh_from_db()
    services.note_use(token=token, address="192.0.2.2")
    token.refresh_from_db()
    assert token.last_used_ip == "192.0.2.2"
    assert token.last_used_at >= first
