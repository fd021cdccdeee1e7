"""Lengths of time as a person says them."""

from __future__ import annotations

from django.utils.translation import gettext as _

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def about(seconds: float) -> str:
    """A coarse length: "5 s", "40 s", "3 min", "2 h", "4 days". The sentence around it says "about"."""
    if seconds < MINUTE:
        rounded = max(1, round(seconds)) if seconds < 10 else 5 * round(seconds / 5)
        return _("%(count)s s") % {"count": rounded}
    if seconds < 90 * MINUTE:
        return _("%(count)s min") % {"count": round(seconds / MINUTE)}
    if seconds < 2 * DAY:
        return _("%(count)s h") % {"count": round(seconds / HOUR)}
    return _("%(count)s days") % {"count": round(seconds / DAY)}


def of_film(seconds: float) -> str:
    """How long a film is: "4 s", "1.25 s", "0.04 s"."""
    return _("%(count)s s") % {"count": f"{round(seconds, 2):g}"}


def between(low: float, high: float) -> str:
    """A range as coarse: "20 to 40 s", "2 to 4 min"; or one length where the low one says nothing new."""
    if about(low) == about(high):
        return about(high)
    unit = next((unit for unit, until in ((1, MINUTE), (MINUTE, 90 * MINUTE), (HOUR, 2 * DAY)) if high < until), DAY)
    if unit == 1:
        least, most = (round(low) if low < 10 else 5 * round(low / 5)), 5 * max(1, round(high / 5))
    else:
        least, most = round(low / unit), round(high / unit)
    if least < 1 or least >= most:
        return about(high)
    numbers = {"low": least, "high": most}
    words = {1: _("%(low)s to %(high)s s"), MINUTE: _("%(low)s to %(high)s min"), HOUR: _("%(low)s to %(high)s h")}
    return words.get(unit, _("%(low)s to %(high)s days")) % numbers


def exact(seconds: float) -> str:
    """A measured length: "0.42 s", "12.5 s", "3 min 20 s"."""
    if seconds < 1:
        return _("%(count)s s") % {"count": f"{seconds:.2f}"}
    if seconds < MINUTE:
        return _("%(count)s s") % {"count": f"{seconds:.1f}"}
    minutes, rest = divmod(round(seconds), MINUTE)
    return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
