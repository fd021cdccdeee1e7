"""When the artist was promised a decision. No ORM."""

from __future__ import annotations

from datetime import datetime, timedelta

from common.clock import now

WORKING_DAYS = 3
SATURDAY = 5


def due(opened_at: datetime, working_days: int) -> datetime:
    """The same time of day so many working days (Monday to Friday) later."""
    moment = opened_at
    while working_days > 0:
        moment += timedelta(days=1)
        working_days -= moment.weekday() < SATURDAY
    return moment


def due_by_default() -> datetime:
    """For a case that nobody gave a deadline: the programme's own default."""
    return due(now(), WORKING_DAYS)
