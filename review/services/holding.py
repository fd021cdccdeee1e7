"""To let a case wait for something, or for somebody: on hold until a time, or handed to one person or one queue."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.clock import now
from common.db import compare_and_set
from common.errors import Conflict, FieldError, Invalid, NotAllowed
from notifications.services import notify
from review import policies
from review.models import InternalNote, ReviewCase, ReviewQueue
from review.services import meanwhile
from review.services.cases import end_claim, locked, move, require_reviewer, resting_state
from review.services.text import NOTE_LENGTH, cleaned
from review.states import CASE, WAITING_STATES, CaseState

# The artist's deadline runs on meanwhile, and ends any hold.
LONGEST_HOLD = timedelta(days=14)


def hold(*, actor: User, case: ReviewCase, until: datetime, note: str, token: str = "") -> ReviewCase:
    """Let a case wait until a time. Reviewers read the note; then it comes back by itself, to anybody."""
    moment = now()
    note = cleaned("note", note, limit=NOTE_LENGTH)
    errors = []
    if not moment < until <= moment + LONGEST_HOLD:
        allowed = _("within the next %d days") % LONGEST_HOLD.days
        errors.append(FieldError("until", _("A case can be on hold for %d days at most.") % LONGEST_HOLD.days, allowed))
    if not note:
        errors.append(FieldError("note", _("Tell your colleagues what the case waits for."), _("at least a word")))
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        mine = _in_hand(actor, case)
        if mine.overdue_at is not None:
            raise Conflict(_("The deadline of this case has passed: it cannot wait any longer."), code="overdue")
        before, claim = _let_go(actor, mine, token)
        _write(mine, held_by=actor, held_until=until)
        InternalNote.objects.create(case=mine, author=actor, body=note)
        _record(actor, mine, "review.case_held", before, until=until.isoformat(), claim=claim)
    return mine


def unhold(*, actor: User, case: ReviewCase) -> ReviewCase:
    """Let a case come back before its time: by whoever put it on hold, or a lead."""
    with transaction.atomic():
        mine = locked(case.pk)
        require_reviewer(actor, mine)
        if mine.held_until is None or mine.held_until <= now():
            raise Conflict(_("This case is not on hold."), code="not_on_hold")
        if mine.held_by_id != actor.pk and not policies.can_lead(actor):
            raise NotAllowed(_("Whoever put it on hold, or a lead, takes it off again."), code="not_yours")
        _write(mine, held_by=None, held_until=None)
        _record(actor, mine, "review.case_unheld", mine.state)
    return mine


def hand(*, actor: User, case: ReviewCase, reviewer: User, note: str = "", token: str = "") -> ReviewCase:
    """Give a case to a named reviewer: nobody else gets it until they put it back or its deadline passes."""
    note = cleaned("note", note, limit=NOTE_LENGTH)
    with transaction.atomic():
        mine = _in_hand(actor, case)
        if reviewer.pk == actor.pk and not policies.can_lead(actor):
            raise Invalid([FieldError("reviewer", _("The case is yours already."), _("a colleague"))])
        if not _could_take(reviewer, mine):
            # Not why: an interest is nobody else's business.
            sentence = _("%s cannot take this case.") % reviewer
            raise Invalid([FieldError("reviewer", sentence, _("a reviewer who may decide it"))])
        before, claim = _let_go(actor, mine, token)
        _write(mine, assigned_to=reviewer, held_by=None, held_until=None)
        mine.passes.filter(reviewer=reviewer).delete()
        if note:
            InternalNote.objects.create(case=mine, author=actor, body=note)
        if reviewer.pk != actor.pk:
            _tell(reviewer, actor, note)
        _record(actor, mine, "review.case_handed", before, to=str(reviewer.pk), claim=claim)
    return mine


def send_to_queue(*, actor: User, case: ReviewCase, queue: ReviewQueue, note: str = "", token: str = "") -> ReviewCase:
    """Escalate to the people of a specialist queue: its members decide, or a lead."""
    note = cleaned("note", note, limit=NOTE_LENGTH)
    if queue.retired_at is not None:
        raise Invalid([FieldError("queue", _("This queue is closed."), _("a queue that is open"))])
    with transaction.atomic():
        mine = _in_hand(actor, case)
        before, claim = _let_go(actor, mine, token)
        left = mine.queue_id
        if mine.state != CaseState.ESCALATED:
            _escalate(mine, actor)
        _write(mine, queue=queue, assigned_to=None, held_by=None, held_until=None)
        if note:
            InternalNote.objects.create(case=mine, author=actor, body=note)
        moved = {"from_queue": str(left or ""), "to_queue": str(queue.pk)}
        _record(actor, mine, "review.case_escalated", before, claim=claim, **moved)
    return mine


def _in_hand(actor: User, case: ReviewCase) -> ReviewCase:
    """The case, locked, for somebody who may see to it: its holder, or a lead while nobody holds it."""
    mine = locked(case.pk)
    require_reviewer(actor, mine)
    if mine.state in WAITING_STATES and not policies.can_lead(actor):
        raise NotAllowed(_("Claim the case first, or ask a lead."), code="not_yours")
    return mine


def _let_go(actor: User, case: ReviewCase, token: str) -> tuple[str, str]:
    """Where the case was, and the claim that ended; afterwards it waits where it waited before."""
    before = case.state
    if before in WAITING_STATES:
        return before, ""
    claim = end_claim(case, actor, token)
    if claim is None or not move(case, resting_state(case)):
        raise meanwhile.why_lost(case, actor, token)
    return before, str(claim.pk)


def _escalate(case: ReviewCase, actor: User) -> None:
    before, moment = CaseState(case.state), now()
    if not CASE.allows(before, CaseState.ESCALATED):
        raise meanwhile.why_not_claimable(case, actor)
    escalated = compare_and_set(
        ReviewCase.objects.filter(pk=case.pk),
        expected={"state": before, "version": case.version},
        changes={"state": CaseState.ESCALATED, "version": case.version + 1, "escalated_at": moment},
    )
    if not escalated:
        raise meanwhile.why_not_claimable(case, actor)
    case.state, case.version, case.escalated_at = CaseState.ESCALATED, case.version + 1, moment


def _could_take(reviewer: User, case: ReviewCase) -> bool:
    """Whether this person, named, could claim the case: their queue does not matter then."""
    if not policies.can_review(reviewer) or policies.recusal_of(reviewer, case):
        return False
    return policies.has_standing(reviewer, case)


def _write(case: ReviewCase, **changes: object) -> None:
    """The case is locked; none of these is its state."""
    ReviewCase.objects.filter(pk=case.pk).update(**changes)
    for name, value in changes.items():
        setattr(case, name, value)


def _record(actor: User, case: ReviewCase, action: str, before: str, **data: str) -> None:
    record(actor=actor, action=action, target=case, from_state=before, to_state=case.state, data=data)


def _tell(reviewer: User, giver: User, note: str) -> None:
    """Nothing of the case itself: what is in it opens with the claim."""
    body = _("%s handed you a case. Nobody else gets it until you decide it or put it back.") % giver
    notify(
        recipient=reviewer,
        kind="review.handed",
        subject=_("A case for you"),
        body=f"{body}\n\n{note}".strip(),
        path=reverse("desk"),
        action_label=_("Open the desk"),
    )
