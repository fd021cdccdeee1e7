"""Accounts in the API: who may, what it answers, what it refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ApiToken, Invitation, User
from accounts.states import Scope
from accounts.token_format import is_well_formed
from tests.accounts.conftest import PASSWORD, bearer
from tests.factories import CohortFactory, ReviewerFactory, TermsVersionFactory

pytestmark = pytest.mark.django_db
TOKENS, INVITATIONS, ACCEPT = reverse("api-tokens"), reverse("api-invitations"), reverse("api-invitations-accept")


def browser(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


def fields_of(answer) -> set[str]:
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    return {error["field"] for error in answer.json()["errors"]}


# --- Me and the terms ---------------------------------------------------------------------------------------------


def test_me_tells_a_participants_place(artist):
    body = browser(artist).get("/api/v1/me/").json()
    assert body["participant"]["public_name"] == artist.participant.public_name
    assert body["participant"]["cohort"] == artist.participant.cohort.name
    assert body["token"] is None


def test_me_of_staff_has_no_place(admin):
    body = browser(admin).get("/api/v1/me/").json()
    assert (body["staff_role"], body["participant"]) == ("admin", None)


def test_everybody_reads_the_terms(newcomer):
    assert APIClient().get("/api/v1/terms/").json()["accepted_at"] is None
    assert browser(newcomer).get("/api/v1/terms/").json()["number"] == 1


def test_without_terms_there_is_nothing():
    assert APIClient().get("/api/v1/terms/").status_code == 404


def test_accepting_by_the_api_opens_the_rest(newcomer):
    client = browser(newcomer)
    answer = client.post("/api/v1/terms/accept/", {"number": 1}, format="json")
    assert answer.status_code == 200
    assert answer.json()["accepted_at"]
    assert client.get("/api/v1/me/").status_code == 200


def test_a_token_cannot_accept_for_its_owner(newcomer, token_of):
    _token, plaintext = token_of(newcomer)
    answer = bearer(plaintext).post("/api/v1/terms/accept/", {"number": 1}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
    assert not newcomer.terms_acceptances.exists()


@pytest.mark.parametrize(
    "body", [{}, {"number": "x"}, {"number": 0}, {"number": 10**30}, {"number": None}, {"number": [1]}]
)
def test_accepting_needs_a_number(newcomer, body):
    assert fields_of(browser(newcomer).post("/api/v1/terms/accept/", body, format="json")) == {"number"}


def test_accepting_an_outdated_version_is_a_conflict(newcomer):
    answer = browser(newcomer).post("/api/v1/terms/accept/", {"number": 7}, format="json")
    assert (answer.status_code, answer.json()["code"], answer.json()["current"]) == (409, "terms_outdated", 1)


def test_nobody_accepts_anonymously():
    TermsVersionFactory()
    assert APIClient().post("/api/v1/terms/accept/", {"number": 1}, format="json").status_code == 401


# --- Tokens -------------------------------------------------------------------------------------------------------


def test_a_browser_makes_lists_and_revokes_tokens(artist):
    client = browser(artist)
    made = client.post(TOKENS, {"name": "script", "scopes": ["videos:read"], "days": 7}, format="json")
    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    plaintext = made.json()["token"]
    assert is_well_formed(plaintext)
    (listed,) = client.get(TOKENS).json()["results"]
    assert listed["id"] == made.json()["id"]
    assert "token" not in listed
    assert "sha256" not in str(listed)
    assert client.delete(reverse("api-token", args=[listed["id"]])).status_code == 204
    assert client.get(TOKENS).json()["results"][0]["state"] == "revoked"
    assert bearer(plaintext).get("/api/v1/me/").json()["code"] == "token_revoked"


def test_tokens_neither_make_nor_list_nor_revoke_tokens(artist, token_of):
    token, plaintext = token_of(artist, *[s for s in Scope if s != Scope.MEDIA_PRIVATE])
    client = bearer(plaintext)
    for answer in (
        client.get(TOKENS),
        client.post(TOKENS, {"name": "x", "scopes": ["videos:read"]}, format="json"),
        client.delete(reverse("api-token", args=[token.pk])),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
    assert ApiToken.objects.get().is_live


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": None}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": "videos:read"}, "scopes"),
        ({"scopes": ["media:private"]}, "scopes"),
        ({"scopes": ["videos:read", "all"]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
        ({"days": "soon"}, "days"),
        ({"days": 1.5}, "days"),
        ({"days": 10**40}, "days"),
        ({"owner": "admin"}, "owner"),
    ],
)
def test_a_bad_token_request_says_which_field(artist, wrong, field):
    body = {"name": "x", "scopes": ["videos:read"], "days": 30} | wrong
    assert {name.split(".")[0] for name in fields_of(browser(artist).post(TOKENS, body, format="json"))} == {field}
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize("raw", ["", "[]", "null", "{", '"x"', "\x00"])
def test_malformed_json_is_a_problem(artist, raw):
    answer = browser(artist).generic("POST", TOKENS, raw, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_forms_and_files_are_no_json(artist):
    for kind in ("multipart", None):
        answer = browser(artist).post(TOKENS, {"name": "x"}, format=kind)
        assert answer.status_code == 415


def test_anothers_token_is_not_there(artist, admin, token_of):
    token, _plaintext = token_of(artist)
    for person in (admin, ReviewerFactory()):
        assert browser(person).delete(reverse("api-token", args=[token.pk])).status_code == 404
        assert browser(person).get(TOKENS).json()["results"] == []
    token.refresh_from_db()
    assert token.is_live


# --- Invitations --------------------------------------------------------------------------------------------------


def test_an_admin_invites_lists_and_revokes(admin):
    cohort = CohortFactory()
    client = browser(admin)
    made = client.post(INVITATIONS, {"email": "Nina@example.org", "cohort": str(cohort.pk)}, format="json")
    assert made.status_code == 201
    assert made.json()["email"] == "nina@example.org"
    assert made.json()["state"] == "open"
    assert not {"secret", "secret_sha256", "link"} & set(made.json())
    assert client.get(INVITATIONS).json()["results"] == [made.json()]
    revoke = reverse("api-invitation-revoke", args=[made.json()["id"]])
    assert client.post(revoke).json()["state"] == "revoked"
    assert client.post(revoke).json()["code"] == "invitation_closed"


def test_a_token_needs_the_scope_to_invite(admin, invited, token_of):
    _token, weak = token_of(admin)
    assert bearer(weak).get(INVITATIONS).json()["code"] == "scope_missing"
    _token, strong = token_of(admin, Scope.PROGRAMME_ADMIN)
    assert bearer(strong).post(INVITATIONS, {"email": "n@example.org"}, format="json").status_code == 201


def test_invitations_are_hidden_from_everybody_else(artist, outsider, invited):
    invitation, _secret = invited()
    for person in (artist, outsider, ReviewerFactory()):
        client = browser(person)
        for answer in (
            client.get(INVITATIONS),
            client.post(INVITATIONS, {"email": "x@example.org"}, format="json"),
            client.post(reverse("api-invitation-revoke", args=[invitation.pk])),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "x"}, "email"),
        ({"email": "a@example.org\r\nBcc: b@example.org"}, "email"),
        ({"cohort": "x"}, "cohort"),
        ({"cohort": "00000000-0000-0000-0000-000000000000"}, "cohort"),
        ({"staff_role": "king"}, "staff_role"),
        ({"participant_role": ""}, "participant_role"),
        ({"secret": "mine"}, "secret"),
    ],
)
def test_a_bad_invitation_says_which_field(admin, wrong, field):
    CohortFactory()
    answer = browser(admin).post(INVITATIONS, {"email": "n@example.org"} | wrong, format="json")
    assert fields_of(answer) == {field}
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("address", "wrong", "field", "allowed"),
    [
        (INVITATIONS, {"staff_role": "king"}, "staff_role", "none, reviewer, lead_reviewer, admin"),
        (INVITATIONS, {"cohort": "x"}, "cohort", "the id of a thing, as a UUID"),
        (INVITATIONS, {"email": None}, "email", "text of 1 to 254 characters"),
        (TOKENS, {"name": "t", "scopes": "all"}, "scopes", "a list of 0 to 20, each: text of 1 to 40 characters"),
        (TOKENS, {"name": "t", "scopes": [[]]}, "scopes.0", "text of 1 to 40 characters"),
        (TOKENS, {"name": "t", "scopes": [], "days": "x"}, "days", "a whole number"),
    ],
)
def test_a_bad_field_says_what_is_allowed_instead(admin, address, wrong, field, allowed):
    body = {"email": "n@example.org"} | wrong if address == INVITATIONS else wrong
    answer = browser(admin).post(address, body, format="json")
    rows = {error["field"]: error["allowed"] for error in answer.json()["errors"]}
    assert (answer.status_code, rows) == (400, {field: allowed})


def test_accepting_makes_the_account(invited):
    _invitation, secret = invited()
    body = {"secret": secret, "password": PASSWORD, "name": "Nina"}
    answer = APIClient(enforce_csrf_checks=True).post(ACCEPT, body, format="json")
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "email", "name", "staff_role"}
    assert User.objects.get().participant.public_name == "Nina"


def test_a_used_expired_or_unknown_secret_is_the_same_404(invited):
    _invitation, used = invited("a@example.org")
    body = {"password": PASSWORD, "name": "Nina"}
    APIClient().post(ACCEPT, body | {"secret": used}, format="json")
    expired, expired_secret = invited("b@example.org")
    Invitation.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(days=1))
    for secret in (used, expired_secret, "unknown"):
        answer = APIClient().post(ACCEPT, body | {"secret": secret}, format="json")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": ""}, "password"),
        ({"name": " "}, "name"),
        ({"public_name": "x" * 81}, "public_name"),
        ({"email": "eve@example.org"}, "email"),
        ({"staff_role": "admin"}, "staff_role"),
    ],
)
def test_a_bad_acceptance_says_which_field_and_makes_nobody(invited, wrong, field):
    _invitation, secret = invited()
    body = {"secret": secret, "password": PASSWORD, "name": "Nina"} | wrong
    assert fields_of(APIClient().post(ACCEPT, body, format="json")) == {field}
    assert not User.objects.exists()


def test_guessing_secrets_is_slowed_down_whatever_address_is_claimed():
    body = {"secret": "guess", "password": PASSWORD, "name": "Eve"}
    answers = [
        APIClient().post(ACCEPT, body, format="json", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}") for number in range(62)
    ]
    assert answers[0].status_code == 404
    assert (answers[-1].status_code, answers[-1].json()["code"]) == (429, "throttled")
    assert int(answers[-1]["Retry-After"]) > 0


# --- The schema ---------------------------------------------------------------------------------------------------


def test_the_schema_knows_both_ways_to_sign_in():
    schema = APIClient().get("/api/v1/schema/", HTTP_ACCEPT="application/json").json()
    schemes = schema["components"]["securitySchemes"]
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    assert schemes["session"]["in"] == "cookie"
    assert schema["paths"]["/api/v1/me/"]["get"]["security"] == [{"token": []}, {"session": []}]
    assert schema["paths"]["/api/v1/tokens/"]["post"]["security"] == [{"session": []}]
