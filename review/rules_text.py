"""Reason codes as people write them: a line each, with | between code, label and description. No ORM.

A fourth part is the category in the Transparency Database; a line without one belongs to the category for all the rest.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from review.categories import DsaCategory
from review.services.rulebook import Reason


def reasons_of_lines(text: str) -> list[Reason]:
    """The reasons in these lines; a ValueError says what a line needs."""
    rows = [[part.strip() for part in line.split("|")] for line in text.splitlines() if line.strip()]
    if any(len(row) not in {3, 4} or not all(row) for row in rows):
        raise ValueError(_("Each line needs a code, a label and a description, with | between them."))
    return [Reason(*row) for row in rows]


def lines_of(reasons: Iterable[Reason]) -> str:
    return "\n".join(" | ".join(reason.words if reason.category == DsaCategory.OTHER else reason) for reason in reasons)
