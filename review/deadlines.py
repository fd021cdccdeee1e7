"""What the artist was promised, as moments: a decision by then, an appeal until then. No ORM.

Days are the programme's (`settings.TIME_ZONE`): "three working days" means the same to everybody whom it concerns.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from common.clock import now
from review.states import CaseKind

# About these the artist was promised an answer; a report is the public's question, a direct take-down nobody's.
PROMISED_KINDS = (CaseKind.SUBMISSION, CaseKind.RECHECK, CaseKind.APPEAL)
WORKING_DAYS = 3
SATURDAY = 5
SECOND = timedelta(seconds=1)


def programme_zone() -> ZoneInfo:
    """Where the programme's days begin and end."""
    return ZoneInfo(settings.TIME_ZONE)


def due(opened_at: datetime, working_days: int, closed: Collection[date] = ()) -> datetime:
    """The same time of day so many working days later, by the programme's clock on the wall.

    Those are Monday to Friday, but for the days on which the programme is closed.
    """
    moment = opened_at.astimezone(programme_zone())
    while working_days > 0:
        moment += timedelta(days=1)
        working_days -= moment.weekday() < SATURDAY and moment.date() not in closed
    return moment.astimezone(UTC)


def due_by_default() -> datetime:
    """For a case that nobody gave a deadline: the programme's own default."""
    return due(now(), WORKING_DAYS)


def is_past(due_at: datetime, moment: datetime) -> bool:
    """A decision at the very moment of the deadline still keeps it."""
    return moment > due_at


def appeal_until(decided_at: datetime, days: int) -> datetime:
    """The last second in which a decision can be appealed: of the last of so many whole days after its own."""
    zone = programme_zone()
    day_after = decided_at.astimezone(zone).date() + timedelta(days=days + 1)
    return datetime.combine(day_after, time.min, zone).astimezone(UTC) - SECOND


def is_open(until: datetime, moment: datetime) -> bool:
    """Whether `moment` still lies within what ends with the second `until`."""
    return moment < until + SECOND
