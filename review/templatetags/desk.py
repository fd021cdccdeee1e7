"""Words and figures of the desk's pages."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils.translation import gettext as _

from common.clock import now
from review.states import CaseState, Outcome

register = template.Library()

OUTCOME_TONES = {Outcome.APPROVE: "approved", Outcome.REQUEST_CHANGES: "changes", Outcome.REJECT: "refused"}
MINUTE, HOUR, DAY = 60, 3600, 86400


@register.filter
def waited(since: datetime | None) -> str:
    """How long ago, in the two largest units: "2 d 4 h", "3 h 12 min", "8 min"."""
    if since is None:
        return "–"
    seconds = max(0, int((now() - since).total_seconds()))
    if seconds >= DAY:
        return _("%(days)d d %(hours)d h") % {"days": seconds // DAY, "hours": seconds % DAY // HOUR}
    if seconds >= HOUR:
        return _("%(hours)d h %(minutes)d min") % {"hours": seconds // HOUR, "minutes": seconds % HOUR // MINUTE}
    return _("%d min") % (seconds // MINUTE)


@register.filter
def left(until: datetime) -> str:
    """How long until then, as a clock: "9:42"."""
    seconds = max(0, int((until - now()).total_seconds()))
    return f"{seconds // MINUTE}:{seconds % MINUTE:02d}"


@register.filter
def outcome_tone(outcome: str) -> str:
    """The chip's colour for a decision."""
    return OUTCOME_TONES.get(Outcome(outcome), "private")


@register.filter
def case_tone(state: str) -> str:
    """The chip's colour for a case."""
    return "review" if state == CaseState.CLAIMED else "private"


@register.filter
def case_icon(state: str) -> str:
    """The chip's icon for a case; empty leaves it to the tone."""
    return {CaseState.QUEUED: "clock", CaseState.CLAIMED: "eye", CaseState.WITHDRAWN: "arrow-uturn-left"}.get(
        CaseState(state), "check-circle"
    )


@register.filter
def outcome_icon(outcome: str) -> str:
    """The icon of a decision's button and chip."""
    return {Outcome.APPROVE: "check-circle", Outcome.REQUEST_CHANGES: "pencil-square"}.get(
        Outcome(outcome), "no-symbol"
    )
