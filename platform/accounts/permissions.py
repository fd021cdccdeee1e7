"""Who gets past the door of an API view. What they may do there is for each app's policies to say.

A view says which scope a token needs for each method:

    required_scopes = {"GET": Scope.VIDEOS_READ, "PATCH": Scope.VIDEOS_SHARE}
    required_scopes = {"GET": ANY_SCOPE}    # any live token will do
    required_scopes = None                  # signed-in browsers only, never a token

A method without an entry, or a view without the attribute, is closed to tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.policies import must_accept_terms
from common.errors import NotAllowed, NotFound

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself loads this module, by its default settings

ANY_SCOPE: Final = ""


class SignedIn(BasePermission):
    """Somebody is signed in, and a token carries the scope for this method."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, User) or not request.user.is_active:
            return False
        self.check_person(request.user)
        if isinstance(request.auth, ApiToken):
            _check_scope(request.auth, request.method or "", view)
        return True

    def check_person(self, user: User) -> None:
        """Raise when this person may not come in; asked before the token's scope."""


class SignedInWithTerms(SignedIn):
    """The default: also, a participant has accepted the terms in force."""

    def check_person(self, user: User) -> None:
        if must_accept_terms(user):
            raise terms_required()


class IsReviewer(SignedInWithTerms):
    """Reviewers only; to everybody else there is nothing here."""

    def check_person(self, user: User) -> None:
        super().check_person(user)
        if not user.is_reviewer:
            raise NotFound


class IsAdmin(SignedInWithTerms):
    """Programme admins only; to everybody else there is nothing here."""

    def check_person(self, user: User) -> None:
        super().check_person(user)
        if not user.is_admin:
            raise NotFound


def terms_required() -> NotAllowed:
    """The refusal that names the page where the terms can be read and accepted."""
    return NotAllowed(
        _("Please read and accept the current terms first."), code="terms_required", extra={"link": reverse("terms")}
    )


def _check_scope(token: ApiToken, method: str, view: APIView) -> None:
    scopes = getattr(view, "required_scopes", None)
    if scopes is None:
        raise NotAllowed(_("A token cannot do this; sign in with a browser."), code="session_required")
    if method == "OPTIONS":
        return
    needed = scopes.get("GET" if method == "HEAD" else method)
    if needed is None:
        # Let the view answer 405 for a method that it does not know at all.
        if method.lower() in view.http_method_names and hasattr(view, method.lower()):
            raise NotAllowed(_("A token cannot do this; sign in with a browser."), code="session_required")
        return
    if needed != ANY_SCOPE and needed not in token.scopes:
        raise NotAllowed(
            _("This token may not do that. It needs the scope “%s”.") % needed,
            code="scope_missing",
            extra={"scope": str(needed)},
        )
