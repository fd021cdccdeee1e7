"""Who may generate, and see, arrange and cancel it. A prompt is its owner's alone: staff see no generations here."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import Participant, User
from accounts.selectors import has_accepted_terms
from common.actors import Actor, System
from generation.models import Generation, InputImage


def participation_of(user: User) -> Participant | None:
    """The person's place in the programme, with its cohort; None for staff and for whoever has left."""
    if not user.is_active:
        return None
    return Participant.objects.select_related("cohort").filter(user=user, user__is_active=True).first()


def can_generate(user: User) -> bool:
    """An active participant who has accepted the terms in force."""
    return participation_of(user) is not None and has_accepted_terms(user)


def visible_to(user: User) -> QuerySet[Generation]:
    """One's own."""
    return Generation.objects.filter(participant__user=user) if user.is_active else Generation.objects.none()


def images_of(user: User) -> QuerySet[InputImage]:
    """One's own pictures. Staff see nobody's."""
    return InputImage.objects.filter(participant__user=user) if user.is_active else InputImage.objects.none()


def can_cancel(actor: Actor, generation: Generation) -> bool:
    """Its owner, or the programme itself; whether its state still permits it is the service's question."""
    if isinstance(actor, System):
        return True
    return isinstance(actor, User) and visible_to(actor).filter(pk=generation.pk).exists()


def can_arrange(user: User, generation: Generation) -> bool:
    """Hold it, resume it and move it among one's own: its owner alone."""
    return visible_to(user).filter(pk=generation.pk).exists()
