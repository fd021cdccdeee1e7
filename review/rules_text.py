"""Reason codes as people write them: a line each, with | between code, label and description. No ORM."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from review.services.rulebook import Reason


def reasons_of_lines(text: str) -> list[Reason]:
    """The reasons in these lines; a ValueError says what a line needs."""
    rows = [[part.strip() for part in line.split("|")] for line in text.splitlines() if line.strip()]
    if any(len(row) != 3 or not all(row) for row in rows):
        raise ValueError(_("Each line needs a code, a label and a description, with | between them."))
    return [Reason(*row) for row in rows]


def lines_of(reasons: Iterable[Reason]) -> str:
    return "\n".join(" | ".join(reason) for reason in reasons)
