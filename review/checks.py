"""What an installation should know before its artists find out (`manage.py check --database default`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import Warning
from django.db import DatabaseError

from review.selectors.appeals import appeals_without_a_lead


def appeals_can_be_decided(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[Warning]:
    """Every pending appeal has a lead reviewer who may decide it."""
    if not databases:
        return []
    try:
        stuck = len(appeals_without_a_lead())
    except DatabaseError:  # before the first migration there is nothing to check
        return []
    if not stuck:
        return []
    sentence = f"Pending appeals that no lead reviewer may decide: {stuck}."
    return [Warning(sentence, hint="Make somebody who took no part a lead reviewer.", id="review.W001")]
