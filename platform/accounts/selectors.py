"""Reads that pages, API and services share."""

from __future__ import annotations

import hashlib

from django.db.models import Exists, OuterRef

from accounts import token_format
from accounts.models import ApiToken, Cohort, Invitation, Participant, TermsAcceptance, TermsVersion, User
from common.clock import now


def current_terms() -> TermsVersion | None:
    """The wording in force; None before the first is published."""
    return TermsVersion.objects.order_by("-number").first()


def has_accepted_terms(user: User) -> bool:
    """Whether this person agreed to the version in force; true while there is none to agree to."""
    return not _in_force_for(user).filter(accepted=False).exists()


def owes_terms(user: User) -> bool:
    """Whether this person takes part and has not yet agreed to the version in force. One query."""
    return _in_force_for(user).filter(accepted=False, takes_part=True).exists()


def _in_force_for(user: User):  # type: ignore[no-untyped-def]  # annotated rows have no name
    newest = TermsVersion.objects.order_by("-number").values("pk")[:1]
    return TermsVersion.objects.filter(pk__in=newest).annotate(
        accepted=Exists(TermsAcceptance.objects.filter(user=user, version=OuterRef("pk"))),
        takes_part=Exists(Participant.objects.filter(user=user)),
    )


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
