"""What is asked of every request: no token in its address, and the person's own time zone."""

from __future__ import annotations

import logging
from urllib.parse import quote

import pytest
from django.test import RequestFactory
from django.utils import timezone

from accounts.middleware import TimeZoneMiddleware
from accounts.models import ApiToken
from accounts.token_format import generate
from tests.accounts.conftest import bearer

pytestmark = pytest.mark.django_db


def places(token: str) -> list[str]:
    coded, twice = quote(token).replace("_", "%5F"), quote(quote(token).replace("_", "%5F"))
    return [
        f"?token={token}",
        f"?access_token=Bearer%20{token}",
        f"?a=1&b[]={coded}",
        f"?{token}",
        f"?next=/x/%3Fkey%3D{twice}",
        f"{token}/",
        f"{coded}/",
    ]


@pytest.mark.parametrize("place", range(7))
def test_a_token_in_an_address_of_the_api_is_refused_and_not_accepted(client, artist, token_of, place):
    token, plaintext = token_of(artist)
    answer = client.get(f"/api/v1/me/{places(plaintext)[place]}")
    assert (answer.status_code, answer.json()["code"]) == (400, "token_in_address")
    assert "Revoke" in answer.json()["detail"]
    assert plaintext not in answer.content.decode()
    token.refresh_from_db()
    assert token.last_used_at is None


@pytest.mark.parametrize("place", range(7))
@pytest.mark.parametrize("start", ["/", "/terms/", "/studio/", "/invitations/"])
def test_a_token_in_the_address_of_a_page_gets_a_page(client, start, place):
    token = generate()
    answer = client.get(f"{start}{places(token)[place]}")
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")
    text = answer.content.decode()
    assert "Revoke that token" in text
    assert token not in text
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"


def test_a_right_header_does_not_make_it_right(artist, token_of):
    _token, plaintext = token_of(artist)
    assert bearer(plaintext).get(f"/api/v1/me/?token={plaintext}").status_code == 400


def test_also_what_only_looks_like_one_is_refused(client):
    assert client.get("/terms/?token=dly_" + "a" * 30).status_code == 400
    assert client.get("/terms/?q=dly_is_our_prefix").status_code == 200


def test_posting_is_refused_too(client):
    assert client.post(f"/api/v1/invitations/accept/?x={generate()}").status_code == 400


def test_the_token_is_not_logged(client, artist, token_of, caplog):
    _token, plaintext = token_of(artist)
    caplog.set_level(logging.DEBUG)
    for address in places(plaintext):
        client.get(f"/api/v1/me/{address}")
        client.get(f"/terms/{address}")
    assert plaintext[4:] not in caplog.text
    assert not ApiToken.objects.exclude(last_used_at=None).exists()


# --- Time zone ----------------------------------------------------------------------------------------------------


def zone(*, cookie: str | None = None, user=None) -> str:
    request = RequestFactory().get("/")
    request.user = user
    if cookie is not None:
        request.COOKIES["tz"] = cookie
    return TimeZoneMiddleware(lambda request: timezone.get_current_timezone_name())(request)


def test_the_browsers_zone_counts_until_the_person_sets_one(artist):
    assert zone(cookie="Europe/Lisbon", user=artist) == "Europe/Lisbon"
    artist.time_zone = "Asia/Tokyo"
    assert zone(cookie="Europe/Lisbon", user=artist) == "Asia/Tokyo"
    assert zone(cookie="America%2FSao_Paulo") == "America/Sao_Paulo"


@pytest.mark.parametrize(
    "cookie", [None, "", "Mars/Base", "../../etc/passwd", "/etc/localtime", "Europe", "\x00", "utc\n", "x" * 5000]
)
def test_a_bad_zone_is_ignored(cookie, artist):
    assert zone(cookie=cookie) == "UTC"
    artist.time_zone = "Mars/Base"
    assert zone(cookie=cookie, user=artist) == "UTC"


def test_the_zone_ends_with_the_request():
    zone(cookie="Asia/Tokyo")
    assert timezone.get_current_timezone_name() == "UTC"


def test_times_on_a_page_are_in_the_persons_zone(client, artist):
    client.force_login(artist)
    acceptance = artist.terms_acceptances.get()
    for name in ("Asia/Tokyo", "America/Lima"):
        client.cookies["tz"] = name
        with timezone.override(name):
            local = timezone.localtime(acceptance.accepted_at).strftime("%H:%M")
        assert local in client.get("/terms/").content.decode()
