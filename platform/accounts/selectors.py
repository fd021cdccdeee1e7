"""Reads that pages, API and services share."""

from __future__ import annotations

import hashlib

from django.db import connection

from accounts import token_format
from accounts.models import ApiToken, Cohort, Invitation, TermsAcceptance, TermsVersion, User
from common.clock import now


def current_terms() -> TermsVersion | None:
    """The wording in force; None before the first is published."""
    return TermsVersion.objects.order_by("-number").first()


def has_accepted_terms(user: User) -> bool:
    """Whether this person agreed to the version in force; true while there is none to agree to."""
    newest = current_terms()
    return newest is None or acceptance_of(user, newest) is not None


# By hand, since each request of a signed-in person asks it: Django takes a quarter of a short one to put it together.
OWES_TERMS = """
    SELECT 1 FROM accounts_termsversion AS newest
    WHERE newest.number = (SELECT MAX(number) FROM accounts_termsversion)
    AND EXISTS (SELECT 1 FROM accounts_participant AS part WHERE part.user_id = %(user)s)
    AND NOT EXISTS (
        SELECT 1 FROM accounts_termsacceptance AS accepted
        WHERE accepted.user_id = %(user)s AND accepted.version_id = newest.id
    )
"""


def owes_terms(user: User) -> bool:
    """Whether this person takes part and has not yet agreed to the version in force. One query."""
    with connection.cursor() as cursor:
        cursor.execute(OWES_TERMS, {"user": User._meta.pk.get_db_prep_value(user.pk, connection)})
        return cursor.fetchone() is not None


def acceptance_of(user: User, version: TermsVersion) -> TermsAcceptance | None:
    """When this person agreed to that version, if they did."""
    return TermsAcceptance.objects.filter(user=user, version=version).first()


def default_cohort() -> Cohort | None:
    """The cohort of those who are invited without one: the first that was made."""
    return Cohort.objects.order_by("id").first()


def secret_digest(secret: str) -> str:
    """What is stored of an invitation's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def open_invitation(secret: str) -> Invitation | None:
    """The invitation this secret opens now: not accepted, not revoked, not expired."""
    return Invitation.objects.filter(
        secret_sha256=secret_digest(secret), accepted_at=None, revoked_at=None, expires_at__gt=now()
    ).first()


def token_by_plaintext(text: str) -> ApiToken | None:
    """The token that was shown as `text`, in whatever state; ask its `state`. Noise costs no query."""
    if not token_format.is_well_formed(text):
        return None
    return ApiToken.objects.select_related("user").filter(sha256=token_format.digest(text)).first()
