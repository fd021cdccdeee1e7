"""The pages: invitation and tokens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import services
from accounts.models import ApiToken, Invitation, User
from accounts.states import Scope, StaffRole
from accounts.token_format import is_well_formed
from tests.accounts.conftest import PASSWORD
from tests.factories import TermsVersionFactory, UserFactory

pytestmark = pytest.mark.django_db
ANSWERS = {"name": "Nina Ray", "public_name": "nina.mov", "password": PASSWORD}


# --- Invitation ---------------------------------------------------------------------------------------------------


def test_the_link_makes_the_account_signs_in_and_leads_to_the_terms(client, invited):
    TermsVersionFactory()
    _invitation, secret = invited()
    page = client.get(f"/invitations/{secret}/")
    assert page.status_code == 200
    assert "nina@example.org" in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"]
    answer = client.post(f"/invitations/{secret}/", ANSWERS)
    assert answer["Location"] == reverse("home")
    assert client.get("/")["Location"] == "/terms/?next=%2F"
    assert client.session["_auth_user_id"] == str(User.objects.get(email="nina@example.org").pk)


def test_the_address_cannot_be_chosen(client, invited):
    _invitation, secret = invited()
    client.post(f"/invitations/{secret}/", ANSWERS | {"email": "eve@example.org"})
    assert User.objects.get().email == "nina@example.org"


def test_staff_are_not_asked_for_a_public_name(client, invited):
    _invitation, secret = invited(staff_role=StaffRole.REVIEWER)
    text = client.get(f"/invitations/{secret}/").content.decode()
    assert "public_name" not in text
    assert "reviewer" in text
    assert client.post(f"/invitations/{secret}/", ANSWERS).status_code == 302


def test_errors_stand_beside_their_fields_and_typed_values_stay(client, invited):
    _invitation, secret = invited()
    answer = client.post(f"/invitations/{secret}/", ANSWERS | {"password": "short", "public_name": "nina.mov"})
    text = answer.content.decode()
    assert answer.status_code == 400
    assert 'value="Nina Ray"' in text
    assert 'value="nina.mov"' in text
    assert re.search(r'<input[^>]*name="password"[^>]*aria-describedby="[^"]*id_password_error"', text)
    assert 'id="id_password_error"' in text
    assert "short" not in re.sub(r"too short", "", text)
    assert not User.objects.exists()


@pytest.mark.parametrize("field", ["name", "password"])
def test_empty_and_broken_fields_are_refused(client, invited, field):
    _invitation, secret = invited()
    for bad in ("", "\x00", "x" * 100_000):
        answer = client.post(f"/invitations/{secret}/", ANSWERS | {field: bad})
        assert answer.status_code == 400
        assert f'id="id_{field}_error"' in answer.content.decode()


def test_used_expired_revoked_and_unknown_links_look_alike(client, invited, admin):
    used, expired, revoked = (invited(f"{name}@example.org") for name in "abc")
    services.accept_invitation(secret=used[1], password=PASSWORD, name="A")
    Invitation.objects.filter(pk=expired[0].pk).update(expires_at=timezone.now() - timedelta(days=1))
    services.revoke_invitation(actor=admin, invitation=revoked[0])
    pages = set()
    for secret in (used[1], expired[1], revoked[1], "unknown", "x" * 1000, "%00"):
        for ask in (client.get, client.post):
            answer = ask(f"/invitations/{secret}/")
            assert answer.status_code == 404
            pages.add(re.sub(r'(csrf\w*"?[:=] ?"|value=")[\w/-]+', "", answer.content.decode()).replace(secret, ""))
    assert "This invitation does not open" in pages.pop()


def test_an_address_with_an_account_is_told_to_sign_in(client, invited):
    _invitation, secret = invited()
    UserFactory(email="nina@example.org")
    answer = client.post(f"/invitations/{secret}/", ANSWERS)
    assert answer.status_code == 400
    assert "You have an account already" in answer.content.decode()


def test_somebody_else_who_is_signed_in_is_asked_to_sign_out_first(client, invited, artist):
    _invitation, secret = invited()
    client.force_login(artist)
    for answer in (client.get(f"/invitations/{secret}/"), client.post(f"/invitations/{secret}/", ANSWERS)):
        assert "Somebody is signed in here" in answer.content.decode()
    assert not User.objects.filter(email="nina@example.org").exists()
    away = client.post(reverse("account_logout"), {"next": f"/invitations/{secret}/"})
    assert away["Location"] == f"/invitations/{secret}/"


# --- Tokens -------------------------------------------------------------------------------------------------------


def fill(client, **changes) -> dict[str, object]:
    text = client.get("/settings/tokens/").content.decode()
    key = re.search(r'name="form_key" value="([^"]+)"', text)[1]
    return {"form_key": key, "name": "script", "scopes": ["generations:read"], "days": "30"} | changes


def shown_token(answer) -> str | None:
    found = re.search(r'value="(dly_\w+)"', answer.content.decode())
    return found[1] if found else None


def test_a_token_is_shown_once_and_not_stored_by_the_browser(client, artist):
    client.force_login(artist)
    answer = client.post("/settings/tokens/", fill(client))
    plaintext = shown_token(answer)
    assert is_well_formed(plaintext)
    assert "no-store" in answer["Cache-Control"]
    assert client.get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {plaintext}").status_code == 200
    assert plaintext not in client.get("/settings/tokens/").content.decode()
    assert plaintext not in str(dict(client.session))


def test_reloading_the_answer_makes_no_second_token(client, artist):
    client.force_login(artist)
    filled = fill(client)
    assert shown_token(client.post("/settings/tokens/", filled))
    again = client.post("/settings/tokens/", filled)
    assert (again.status_code, again["Location"]) == (302, "/settings/tokens/")
    assert ApiToken.objects.count() == 1
    assert shown_token(client.post("/settings/tokens/", fill(client)))


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("name", ""),
        ("name", "x" * 81),
        ("scopes", []),
        ("scopes", ["everything"]),
        ("scopes", ["media:private"]),
        ("days", "0"),
        ("days", "366"),
        ("days", "soon"),
        ("days", "9" * 50),
        ("days", ""),
    ],
)
def test_a_bad_token_form_says_where_and_keeps_the_rest(client, artist, field, bad):
    client.force_login(artist)
    answer = client.post("/settings/tokens/", fill(client, **{field: bad}))
    text = answer.content.decode()
    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in text
    if field != "name":
        assert 'value="script"' in text
    assert not ApiToken.objects.exists()


def test_private_media_says_who_grants_it(client, artist):
    client.force_login(artist)
    text = client.post("/settings/tokens/", fill(client, scopes=["media:private"])).content.decode()
    assert "granted by a programme admin" in text


def test_only_scopes_that_are_of_use_are_offered(client, artist, admin):
    client.force_login(artist)
    text = client.get("/settings/tokens/").content.decode()
    offered = set(re.findall(r'name="scopes" value="([^"]+)"', text))
    assert offered == {"generations:read", "generations:write", "videos:read", "videos:share"}
    client.force_login(admin)
    assert 'value="programme:admin"' in client.get("/settings/tokens/").content.decode()


def test_the_list_says_what_each_token_may_and_when_it_was_used(client, artist, token_of):
    token, plaintext = token_of(artist, Scope.VIDEOS_READ)
    client.get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {plaintext}", REMOTE_ADDR="192.0.2.9")
    client.force_login(artist)
    text = client.get("/settings/tokens/").content.decode()
    assert token.hint in text
    assert "See your videos&#x27; states, not their pictures" in text
    assert "192.0.2.9" in text


def test_the_list_costs_the_same_for_one_token_and_for_twenty(client, artist, token_of, django_assert_max_num_queries):
    client.force_login(artist)
    for _ in range(20):
        token_of(artist)
    # session, user, terms, tokens, participant and unread notifications of the frame
    with django_assert_max_num_queries(7):
        client.get("/settings/tokens/")


def test_revoking_asks_once_more_and_holds_at_once(client, artist, token_of):
    token, plaintext = token_of(artist)
    client.force_login(artist)
    address = reverse("token-revoke", args=[token.pk])
    assert "Revoke" in client.get(address).content.decode()
    assert client.get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {plaintext}").status_code == 200
    assert client.post(address)["Location"] == "/settings/tokens/"
    assert client.get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {plaintext}").status_code == 401
    assert "is revoked" in client.get("/settings/tokens/").content.decode()


def test_anothers_token_does_not_exist(client, artist, outsider, admin, token_of):
    token, _plaintext = token_of(artist)
    for person in (outsider, admin):
        client.force_login(person)
        for ask in (client.get, client.post):
            assert ask(reverse("token-revoke", args=[token.pk])).status_code == 404
        assert token.hint not in client.get("/settings/tokens/").content.decode()
    token.refresh_from_db()
    assert token.is_live


def test_anonymous_people_sign_in_first(client, artist, token_of):
    token, _plaintext = token_of(artist)
    for address in ("/settings/tokens/", reverse("token-revoke", args=[token.pk])):
        assert client.get(address).status_code == 302
        assert client.post(address).status_code == 302
    fragment = client.get("/settings/tokens/", HTTP_HX_REQUEST="true")
    assert fragment["HX-Redirect"].startswith("/accounts/login/")
