"""The wait for a decision, as a person says it."""

from __future__ import annotations

from django import template

from review.selectors import Wait
from web.durations import between

register = template.Library()


@register.filter
def left(wait: Wait) -> str:
    """A coarse range: "2 to 6 h"."""
    return between(wait.low_seconds, wait.high_seconds)
