"""What artists do with their own queue: hold one back, let it go on, and put it before or behind their others.

None of it changes the turn of anybody else, and waiting that was held back counts for nothing (fairness.py). Each
locks the participant's row, as every claim for that participant does, so nothing starts while its order is changed.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import audit.services
from accounts.models import Participant, User
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import Conflict, NotFound
from generation import doorbell, policies
from generation.models import Generation
from generation.states import GenerationState


class Direction(TextChoices):
    """Where to, among one's own that wait."""

    FRONT = "front", gettext_lazy("To the front")
    UP = "up", gettext_lazy("One up")
    DOWN = "down", gettext_lazy("One down")


@transaction.atomic
def hold(*, actor: User, generation: Generation) -> Generation:
    """Pause it: it keeps its credits and its place among one's own, and does not start until `resume`.

    Holding it again changes nothing; raises Conflict when it does not wait any more. Returns it as it is now.
    """
    current = _lock_waiting(actor, generation)
    if current.held_at is None:
        _change(current, held_at=now())
        audit.services.record(actor=actor, action="generation.held", target=current)
    return current


@transaction.atomic
def resume(*, actor: User, generation: Generation) -> Generation:
    """Let it wait for its turn again, from now on. The same rules as for `hold`."""
    current = _lock_waiting(actor, generation)
    if current.held_at is not None:
        _change(current, held_at=None, resumed_at=now())
        transaction.on_commit(doorbell.ring)
        audit.services.record(actor=actor, action="generation.resumed", target=current)
    return current


@transaction.atomic
def move(*, actor: User, generation: Generation, to: Direction) -> Generation:
    """Change its place among one's own that wait. What stands there already stays; the rules are those of `hold`."""
    current = _lock_waiting(actor, generation)
    waiting = Generation.objects.filter(participant=current.participant_id, state=GenerationState.QUEUED)
    mine = list(waiting.order_by("position", "take"))
    place = mine.index(current)
    new_place = {Direction.FRONT: 0, Direction.UP: place - 1, Direction.DOWN: place + 1}[Direction(to)]
    if new_place == place or not 0 <= new_place < len(mine):
        return current
    if to == Direction.FRONT:
        _change(current, position=mine[0].position - 1)
    else:
        _swap(current, mine[new_place])
    audit.services.record(
        actor=actor, action="generation.moved", target=current, data={"to": Direction(to).value, "place": new_place + 1}
    )
    return current


def _lock_waiting(actor: User, generation: Generation) -> Generation:
    if not policies.can_arrange(actor, generation):
        raise NotFound
    lock(Participant.objects.filter(pk=generation.participant_id)).get()
    current = Generation.objects.get(pk=generation.pk)
    if current.state == GenerationState.RUNNING:
        raise Conflict(_("It has just started to render."), code="already_started")
    if current.state != GenerationState.QUEUED:
        raise Conflict(_("This generation has ended: it is not in the queue any more."), code="already_finished")
    return current


def _swap(one: Generation, other: Generation) -> None:
    first, second = one.position, other.position
    if first == second:  # the older take goes first among equals, so one of them has to give way
        second += 1 if one.take < other.take else -1
    _change(one, position=second)
    _change(other, position=first)


def _change(generation: Generation, **changes: object) -> None:
    """Write it unless it has been cancelled meanwhile, the one thing that needs no lock of the participant."""
    itself = Generation.objects.filter(pk=generation.pk)
    if not compare_and_set(itself, expected={"state": GenerationState.QUEUED}, changes=changes):
        raise Conflict(_("It is not in the queue any more."))
    for name, value in changes.items():
        setattr(generation, name, value)
