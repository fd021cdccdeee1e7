"""What an installation should know before its artists find out (`manage.py check --database default`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import Warning
from django.db import DatabaseError

from review.selectors.appeals import appeals_without_a_lead, escalated_without_anybody


def appeals_can_be_decided(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[Warning]:
    """Every pending appeal and every escalated case has somebody who may decide it."""
    if not databases:
        return []
    try:
        stuck, escalated = len(appeals_without_a_lead()), escalated_without_anybody().count()
    except DatabaseError:  # before the first migration there is nothing to check
        return []
    hint = "Make somebody who took no part a lead reviewer."
    warnings = []
    if stuck:
        warnings.append(Warning(f"Pending appeals that no lead reviewer may decide: {stuck}.", hint, id="review.W001"))
    if escalated:
        warnings.append(Warning(f"Escalated cases that nobody may decide: {escalated}.", hint, id="review.W002"))
    return warnings
