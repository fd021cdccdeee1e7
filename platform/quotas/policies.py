"""Who may see and change what a participant may use."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import Participant, User
from accounts.policies import is_programme
from common.actors import Actor
from quotas.models import LedgerEntry


def can_set_credits(actor: Actor) -> bool:
    """A programme admin, or the programme itself."""
    return is_programme(actor)


def participant_of(user: User) -> Participant | None:
    """Whose credits this person may see here: their own, if they take part."""
    return Participant.objects.filter(user=user).first()


def visible_to(user: User) -> QuerySet[LedgerEntry]:
    """The movements of one's own credits, of all months."""
    return LedgerEntry.objects.filter(allowance__participant__user=user)
