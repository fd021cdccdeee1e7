"""Where a case stands, in the artist's words: plain, kind, and never who. No ORM."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from review.states import CaseKind, CaseState


@dataclass(frozen=True, slots=True)
class Facts:
    """What the words are chosen by."""

    kind: CaseKind
    state: CaseState
    two_persons: bool
    is_escalated: bool
    is_overdue: bool
    held_until: datetime | None

    @property
    def is_appeal(self) -> bool:
        return self.kind == CaseKind.APPEAL


def where(facts: Facts) -> str:
    """Who has it, as a kind of person."""
    if facts.state == CaseState.CLAIMED:
        return _watched(facts)
    if facts.held_until is not None:
        return _("A reviewer has put it on hold to find something out. The deadline stays as it is.")
    if facts.kind == CaseKind.APPEAL:
        return _("Your appeal waits for a lead reviewer who took no part in the decision.")
    if facts.state == CaseState.ESCALATED:
        return _("It is with the lead reviewers: one of them decides.")
    if facts.state == CaseState.AWAITING_SECOND:
        return _("One reviewer has watched it. It waits for a second one, who does not know what the first one thinks.")
    if facts.two_persons:
        return _("It waits in the reviewers' queue. Two of them look at it, neither knowing what the other thinks.")
    return _("It waits in the reviewers' queue.")


def _watched(facts: Facts) -> str:
    if facts.kind == CaseKind.APPEAL:
        return _("A lead reviewer who took no part in the decision is watching it now.")
    if facts.is_escalated:
        return _("A lead reviewer is watching it now.")
    if facts.two_persons:
        return _("A reviewer is watching it now. Two of them look at it, neither knowing what the other thinks.")
    return _("A reviewer is watching it now.")


def after_deadline(facts: Facts) -> str:
    """What happens when the promised moment passes, or has happened since it did."""
    if not facts.is_overdue:
        if facts.kind == CaseKind.APPEAL:
            return _(
                "If nobody has decided by then, it counts as a missed deadline, and the programme publishes those."
            )
        return _(
            "If nobody has decided by then, it goes to the lead reviewers by itself and counts as a missed deadline, "
            "and the programme publishes those."
        )
    if facts.is_escalated or facts.kind == CaseKind.APPEAL:
        return _("That moment has passed. We are sorry. It is with the lead reviewers, and it counts as missed.")
    return _(
        "That moment has passed. We are sorry. It counts as missed, and unless the reviewer decides it goes to the "
        "lead reviewers by itself."
    )
