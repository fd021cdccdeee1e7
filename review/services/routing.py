"""Queues and their rules; and moving the cases that wait to where the rules now send them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.actors import System
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import Conflict, FieldError, Invalid, NotFound
from review import routing
from review.models import ReviewCase, ReviewQueue
from review.services.cases import locked
from review.states import OPEN_STATES, WAITING_STATES

ROUTER = System("case-router")
# So many at a turn of the timer: the rest at the next one, so that no turn holds anything up.
AT_A_TURN = 500


def reroute(*, case: ReviewCase) -> bool:
    """Ask the rules again after a fact was added; says whether the case moved.

    Only ever to a queue that takes it: what no rule takes stays where it is, and what was escalated stays with the
    people it was escalated to. A reviewer who holds the case goes on.
    """
    with transaction.atomic():
        mine = locked(case.pk)
        if mine.escalated_at is not None or mine.state not in OPEN_STATES:
            return False
        queue = routing.queue_for(mine)
        if queue is None or queue.pk == mine.queue_id:
            return False
        before = mine.queue_id
        ReviewCase.objects.filter(pk=mine.pk).update(queue=queue)
        case.queue = queue
        record(
            actor=ROUTER,
            action="review.case_rerouted",
            target=mine,
            from_state=mine.state,
            to_state=mine.state,
            data={"from_queue": str(before or ""), "to_queue": str(queue.pk)},
        )
    return True


def reroute_ripe() -> int:
    """Move the cases that time has brought under a rule (age, deadline); says how many."""
    moved = 0
    for cases in routing.ripened():
        ripe = cases.filter(state__in=WAITING_STATES).order_by("due_at", "id")[:AT_A_TURN]
        moved += sum(reroute(case=case) for case in list(ripe))
    return moved


def save_queue(
    *,
    actor: User,
    queue: ReviewQueue | None,
    name: str,
    slug: str = "",
    position: int = 0,
    rules: Any = None,
    leads_only: bool = False,
    members: Iterable[User] = (),
) -> ReviewQueue:
    """A new queue, or a queue as it is from now on. Cases that wait move when the rules are next asked about them."""
    if not actor.is_admin:
        raise NotFound
    members = list(members)
    kept = _checked(name, slug or slugify(name), rules if rules is not None else [], members, queue)
    with transaction.atomic():
        before = lock(ReviewQueue.objects.all()).get(pk=queue.pk) if queue else None
        after = before or ReviewQueue()
        after.name, after.slug, after.rules = name.strip(), slug or slugify(name), kept
        after.position, after.leads_only = position, leads_only
        after.save()
        after.members.set(members)
        record(
            actor=actor,
            action="review.queue_changed" if before else "review.queue_opened",
            target=after,
            to_state="open",
            data={
                "name": after.name,
                "rules": kept,
                "leads_only": leads_only,
                "members": sorted(str(m.pk) for m in members),
            },
        )
    return after


def retire_queue(*, actor: User, queue: ReviewQueue) -> ReviewQueue:
    """Close a queue: nothing is sent there any more, and what waits in it is open to everybody again."""
    if not actor.is_admin:
        raise NotFound
    with transaction.atomic():
        moment = now()
        rows = ReviewQueue.objects.filter(pk=queue.pk)
        if not compare_and_set(rows, expected={"retired_at": None}, changes={"retired_at": moment}):
            raise Conflict(_("This queue is closed already."), code="queue_retired")
        queue.retired_at = moment
        record(actor=actor, action="review.queue_retired", target=queue, from_state="open", to_state="retired")
    return queue


def check_queue(
    *, name: str, slug: str, rules: Any, members: Iterable[User] = (), queue: ReviewQueue | None = None
) -> None:
    """Raise with everything that keeps this from being a queue; the admin panel asks before it saves."""
    _checked(name, slug, rules, list(members), queue)


def _checked(name: str, slug: str, rules: Any, members: list[User], queue: ReviewQueue | None) -> list[dict[str, Any]]:
    kept, errors = routing.read_rules(rules)
    if not name.strip():
        errors.append(FieldError("name", _("A queue needs a name."), _("1 to 80 characters")))
    others = ReviewQueue.objects.filter(slug=slug)
    others = others.exclude(pk=queue.pk) if queue else others
    if not slug or others.exists():
        errors.append(FieldError("slug", _("There is such a queue already, or it has no short name."), _("another")))
    if strangers := [member for member in members if not member.is_reviewer]:
        sentence = _("%s is no reviewer.") % strangers[0]
        errors.append(FieldError("members", sentence, _("reviewers and leads")))
    if errors:
        raise Invalid(errors)
    return kept
