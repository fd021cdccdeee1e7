"""Who an API request comes from, and what its token may do."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIClient, APIRequestFactory
from rest_framework.views import APIView

from accounts import services
from accounts.authentication import BrowserSessionAuthentication, TokenAuthentication
from accounts.models import ApiToken, User
from accounts.permissions import ANY_SCOPE, IsAdmin, IsReviewer, SignedInWithTerms
from accounts.states import Scope
from accounts.token_format import generate
from audit.models import AuditEvent
from tests.accounts.conftest import bearer
from tests.factories import ReviewerFactory, TermsVersionFactory

pytestmark = pytest.mark.django_db
ME = "/api/v1/me/"


def test_a_live_token_says_who_asks(artist, token_of):
    token, plaintext = token_of(artist)
    answer = bearer(plaintext).get(ME)
    assert answer.status_code == 200
    assert answer.json()["email"] == artist.email
    assert answer.json()["token"]["id"] == str(token.pk)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_schemes_case_does_not_matter(artist, token_of, scheme):
    _token, plaintext = token_of(artist)
    assert APIClient().get(ME, HTTP_AUTHORIZATION=f"{scheme} {plaintext}").status_code == 200


def test_nobody_is_401_with_the_way_to_ask():
    answer = APIClient().get(ME)
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_authenticated"
    assert answer["WWW-Authenticate"] == 'Bearer realm="Dailies"'
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "sent",
    ["", "nonsense", "dly_" + "a" * 36, generate(), "dly_ü", "\x00"],
    ids=["empty", "noise", "no-checksum", "never-made", "not-ascii", "zero"],
)
def test_a_wrong_token_is_401_token_invalid(sent):
    answer = APIClient().get(ME, HTTP_AUTHORIZATION=f"Bearer {sent}")
    assert answer.status_code == 401
    assert answer.json()["code"] == "token_invalid"
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def test_an_expired_token_is_401_token_expired(artist, token_of):
    _token, plaintext = token_of(artist)
    ApiToken.objects.update(expires_at=timezone.now())
    assert bearer(plaintext).get(ME).json()["code"] == "token_expired"


def test_a_revoked_token_is_401_token_revoked_even_after_it_expired(artist, token_of):
    token, plaintext = token_of(artist)
    services.revoke_token(actor=artist, token=token)
    ApiToken.objects.update(expires_at=timezone.now())
    answer = bearer(plaintext).get(ME)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_revoked")


def test_the_token_of_an_inactive_person_is_refused(artist, token_of):
    _token, plaintext = token_of(artist)
    User.objects.filter(pk=artist.pk).update(is_active=False)
    answer = bearer(plaintext).get(ME)
    assert (answer.status_code, answer.json()["code"]) == (401, "account_inactive")


def test_a_wrong_token_is_not_saved_by_a_signed_in_browser(artist):
    client = APIClient()
    client.force_login(artist)
    assert client.get(ME).status_code == 200
    assert client.get(ME, HTTP_AUTHORIZATION=f"Bearer {generate()}").status_code == 401


def test_use_is_noted_with_the_address_that_cannot_be_made_up(artist, token_of, settings):
    token, plaintext = token_of(artist)
    bearer(plaintext).get(ME, REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR="198.51.100.1")
    token.refresh_from_db()
    assert token.last_used_ip == "192.0.2.7"
    ApiToken.objects.update(last_used_at=None)
    settings.TRUSTED_PROXY_COUNT = 1
    bearer(plaintext).get(ME, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 198.51.100.1")
    token.refresh_from_db()
    assert token.last_used_ip == "198.51.100.1"


@pytest.mark.parametrize("forwarded", ["", "not-an-address", ",,", "1.2.3.4; DROP"])
def test_a_nonsensical_proxy_header_breaks_nothing(artist, token_of, settings, forwarded):
    settings.TRUSTED_PROXY_COUNT = 1
    _token, plaintext = token_of(artist)
    assert bearer(plaintext).get(ME, HTTP_X_FORWARDED_FOR=forwarded).status_code == 200


def test_events_of_a_request_name_its_token(admin, token_of, invited):
    token, plaintext = token_of(admin, Scope.PROGRAMME_ADMIN)
    answer = bearer(plaintext).post("/api/v1/invitations/", {"email": "n@example.org"}, format="json")
    assert answer.status_code == 201
    event = AuditEvent.objects.get(action="invitation.made")
    assert event.context["token_id"] == str(token.pk)
    browser = APIClient()
    browser.force_login(admin)
    browser.post("/api/v1/invitations/", {"email": "m@example.org"}, format="json")
    assert "token_id" not in AuditEvent.objects.filter(action="invitation.made").first().context


def test_a_browser_needs_the_csrf_token_to_change_anything(artist):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(artist)
    answer = client.post("/api/v1/tokens/", {"name": "x", "scopes": ["videos:read"]}, format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
    assert not ApiToken.objects.exists()


def test_a_token_needs_no_csrf_token(admin, token_of, invited):
    _token, plaintext = token_of(admin, Scope.PROGRAMME_ADMIN)
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {plaintext}")
    assert client.post("/api/v1/invitations/", {"email": "n@example.org"}, format="json").status_code == 201


# --- Scopes and roles, on a view of our own -----------------------------------------------------------------------


class Probe(APIView):
    """Says yes to whoever gets in."""

    authentication_classes = [TokenAuthentication, BrowserSessionAuthentication]
    required_scopes: object = {"GET": Scope.VIDEOS_READ, "POST": Scope.VIDEOS_SHARE, "PATCH": ANY_SCOPE}

    def get(self, request):
        return Response({})

    post = patch = put = get


def ask(method: str = "GET", *, user=None, plaintext: str = "", **attributes) -> Response:
    request = APIRequestFactory().generic(method, "/probe/")
    if plaintext:
        request.META["HTTP_AUTHORIZATION"] = f"Bearer {plaintext}"
    if user is not None:
        request.user = user
        request._dont_enforce_csrf_checks = True
    return Probe.as_view(**attributes)(request)


def code(answer: Response) -> tuple[int, str]:
    return answer.status_code, (answer.data or {}).get("code", "")


def test_a_token_with_the_scope_gets_in(artist, token_of):
    _token, plaintext = token_of(artist, Scope.VIDEOS_READ)
    assert ask(plaintext=plaintext).status_code == 200
    assert ask("HEAD", plaintext=plaintext).status_code == 200
    assert ask("PATCH", plaintext=plaintext).status_code == 200
    assert ask("OPTIONS", plaintext=plaintext).status_code == 200


def test_a_token_without_the_scope_is_told_which_one(artist, token_of):
    _token, plaintext = token_of(artist, Scope.VIDEOS_READ)
    answer = ask("POST", plaintext=plaintext)
    assert code(answer) == (403, "scope_missing")
    assert answer.data["scope"] == "videos:share"


def test_a_method_without_a_scope_is_closed_to_tokens(artist, token_of):
    _token, plaintext = token_of(artist, *[s for s in Scope if s != Scope.MEDIA_PRIVATE])
    assert code(ask("PUT", plaintext=plaintext)) == (403, "session_required")
    assert ask("DELETE", plaintext=plaintext).status_code == 405


def test_a_view_without_scopes_is_closed_to_tokens(artist, token_of):
    _token, plaintext = token_of(artist, *[s for s in Scope if s != Scope.MEDIA_PRIVATE])
    assert code(ask(plaintext=plaintext, required_scopes=None)) == (403, "session_required")
    assert ask(user=artist, required_scopes=None).status_code == 200


def test_a_browser_needs_no_scope(artist):
    for method in ("GET", "POST", "PUT"):
        assert ask(method, user=artist).status_code == 200


@pytest.mark.parametrize("permission", [SignedInWithTerms, IsReviewer, IsAdmin])
def test_nobody_is_asked_to_sign_in_before_anything_is_hidden(permission):
    assert ask(permission_classes=[permission]).status_code == 401


def test_roles_are_hidden_from_others(artist, admin, outsider):
    reviewer = ReviewerFactory()
    for permission, allowed in ((IsReviewer, {reviewer}), (IsAdmin, {admin})):
        for person in (artist, admin, outsider, reviewer):
            answer = ask(user=person, permission_classes=[permission])
            assert code(answer) == ((200, "") if person in allowed else (404, "not_found"))


def test_a_token_does_no_more_than_its_owner_may(artist, token_of):
    _token, plaintext = token_of(artist, Scope.REVIEW, Scope.PROGRAMME_ADMIN)
    for permission in (IsReviewer, IsAdmin):
        answer = ask(plaintext=plaintext, permission_classes=[permission], required_scopes={"GET": Scope.REVIEW})
        assert code(answer) == (404, "not_found")


def test_terms_come_before_everything(newcomer, token_of):
    _token, plaintext = token_of(newcomer, Scope.VIDEOS_READ)
    for answer in (ask(user=newcomer), ask(plaintext=plaintext), ask("POST", plaintext=plaintext)):
        assert code(answer) == (403, "terms_required")
        assert answer.data["link"] == reverse("terms")


def test_staff_without_a_place_agree_to_no_terms(admin):
    TermsVersionFactory()
    assert ask(user=admin, permission_classes=[IsAdmin]).status_code == 200


def test_the_permission_costs_one_query(artist, token_of, django_assert_num_queries):
    # 1 the token and its owner, 2 "last used", 3 the terms
    _token, plaintext = token_of(artist, Scope.VIDEOS_READ)
    with django_assert_num_queries(3):
        ask(plaintext=plaintext)
    # "last used" was a moment ago
    with django_assert_num_queries(2):
        ask(plaintext=plaintext)
