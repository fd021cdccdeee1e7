"""Words, icons and colours of the queue's page."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils.translation import gettext as _

from common.clock import now
from review import wording
from review.models import ReviewCase
from review.states import CaseState
from review.templatetags.desk import waited

register = template.Library()

# Nearer than this a deadline asks to be looked at.
SOON = timedelta(hours=8)


@register.filter
def due_words(due_at: datetime) -> str:
    """ "due in 5 h 10 min", "overdue by 2 d 3 h"."""
    moment = now()
    if due_at <= moment:
        return _("overdue by %s") % waited(due_at)
    return _("due in %s") % waited(moment - (due_at - moment))


@register.filter
def due_tone(due_at: datetime) -> str:
    """The chip's colour for a deadline."""
    left = due_at - now()
    return "refused" if left <= timedelta() else "changes" if left <= SOON else "private"


@register.filter
def due_icon(due_at: datetime) -> str:
    """The chip's icon for a deadline."""
    left = due_at - now()
    return "exclamation-triangle" if left <= timedelta() else "clock" if left <= SOON else "calendar"


@register.filter
def wait_icon(case: ReviewCase) -> str:
    """The chip's icon for where a case waits."""
    return {
        CaseState.CLAIMED: "eye",
        CaseState.AWAITING_SECOND: "users",
        CaseState.ESCALATED: "arrow-up-circle",
    }.get(CaseState(case.state), "inbox")


@register.filter
def wait_tone(case: ReviewCase) -> str:
    """The chip's colour for where a case waits."""
    return {CaseState.CLAIMED: "review", CaseState.ESCALATED: "changes"}.get(CaseState(case.state), "private")


register.filter("language_name", wording.language_name)
