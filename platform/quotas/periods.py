"""Credits come by the calendar month, UTC.

A month renews for everybody at one instant. People read it in their own time, where it may be the evening of the last
day: so its hour and its zone stand beside the date. Programs read it in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils import timezone
from django.utils.formats import date_format


def month_of(moment: datetime) -> tuple[datetime, datetime]:
    """The month that holds `moment`: [its first instant, the next month's first instant)."""
    moment = moment.astimezone(UTC)
    start = datetime(moment.year, moment.month, 1, tzinfo=UTC)
    end = datetime(moment.year + moment.month // 12, moment.month % 12 + 1, 1, tzinfo=UTC)
    return start, end


def in_words(renews_at: datetime) -> str:
    """For whoever reads it now, in their time zone."""
    return date_format(timezone.localtime(renews_at), "j F, H:i e")


def instant(renews_at: datetime) -> str:
    """For a program: ISO 8601, whichever zone its caller is in."""
    return renews_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
