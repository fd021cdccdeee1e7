"""How an API request says who sends it: a bearer token, or the browser's session."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.client_address import client_address
from accounts.models import ApiToken, User
from accounts.selectors import token_by_plaintext
from accounts.services import note_use
from accounts.states import TokenState
from common.request_context import request_context

SCHEME = "bearer"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer dly_…`. A token that was sent decides: the session is not asked as well."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, credentials = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != SCHEME:
            return None
        token = token_by_plaintext(credentials.strip())
        if token is None:
            raise exceptions.AuthenticationFailed(_("This is no token of this site."), code="token_invalid")
        _refuse_closed(token)
        note_use(token=token, address=client_address(request))
        request_context.set({**request_context.get(), "token_id": str(token.pk)})
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        # RFC 6750: say "error" only to somebody who sent a token.
        sent = get_authorization_header(request).lower().startswith(SCHEME.encode())
        return 'Bearer realm="Dailies", error="invalid_token"' if sent else 'Bearer realm="Dailies"'


def _refuse_closed(token: ApiToken) -> None:
    if token.state == TokenState.REVOKED:
        raise exceptions.AuthenticationFailed(_("This token was revoked."), code="token_revoked")
    if token.state == TokenState.EXPIRED:
        raise exceptions.AuthenticationFailed(_("This token has expired."), code="token_expired")
    if not token.user.is_active:
        raise exceptions.AuthenticationFailed(_("This account is deactivated."), code="account_inactive")


class BrowserSessionAuthentication(SessionAuthentication):
    """The signed-in browser, with Django's CSRF check on everything that changes something."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise exceptions.PermissionDenied(
                _("The CSRF token is missing or wrong. Send the page's token as X-CSRFToken."), code="csrf_failed"
            ) from error
