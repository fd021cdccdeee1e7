"""Who may do what to people, invitations, terms and tokens."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from accounts.models import ApiToken, Invitation, User
from accounts.selectors import owes_terms
from accounts.states import GRANTED_SCOPES, Scope
from common.actors import Actor, System


def is_programme(actor: Actor) -> bool:
    """A programme admin, or the system itself."""
    return isinstance(actor, System) or (isinstance(actor, User) and actor.is_admin)


def must_accept_terms(user: User) -> bool:
    """Whether nothing but the terms is open to this person. Staff who make no videos agree to none."""
    return owes_terms(user)


def can_invite(actor: Actor) -> bool:
    return is_programme(actor)


def can_revoke_invitation(actor: Actor, invitation: Invitation) -> bool:
    return is_programme(actor)


def invitations_visible_to(user: User) -> QuerySet[Invitation]:
    """All for an admin, none for anybody else."""
    return Invitation.objects.all() if user.is_admin else Invitation.objects.none()


def can_set_password(actor: Actor, user: User) -> bool:
    """Nobody chooses a password for somebody else."""
    return isinstance(actor, User) and actor.pk == user.pk


def can_manage_cohorts(actor: Actor) -> bool:
    return is_programme(actor)


def can_publish_terms(actor: Actor) -> bool:
    return is_programme(actor)


def can_deactivate(actor: Actor, user: User) -> bool:
    """An admin, but not themselves: the last one would lock everybody out."""
    return is_programme(actor) and getattr(actor, "pk", None) != user.pk


def can_revoke_token(actor: Actor, token: ApiToken) -> bool:
    """Its owner, an admin, or the system."""
    return is_programme(actor) or getattr(actor, "pk", None) == token.user_id


def can_grant_private_media(actor: Actor, token: ApiToken) -> bool:
    return is_programme(actor)


def tokens_visible_to(user: User) -> QuerySet[ApiToken]:
    """One's own tokens. Admins see everybody's in the admin panel, never in these lists."""
    return ApiToken.objects.filter(user=user)


def offered_scopes(user: User) -> Sequence[Scope]:
    """The scopes worth offering to this person: a token never does more than its owner may anyway."""
    useless = set(GRANTED_SCOPES)
    if not user.is_reviewer:
        useless.add(Scope.REVIEW)
    if not user.is_admin:
        useless.add(Scope.PROGRAMME_ADMIN)
    return [scope for scope in Scope if scope not in useless]
