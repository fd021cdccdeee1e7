"""What the public says about the work, beside its case."""

from __future__ import annotations

from typing import Any

from django import template

from review.models import ReviewCase
from review.selectors.reports import reports_of
from review.states import CaseKind

register = template.Library()


@register.inclusion_tag("review/reports.html")
def reports(case: ReviewCase) -> dict[str, Any]:
    """One query for a case of reports, none for any other."""
    return {"reports": reports_of(case) if case.kind == CaseKind.REPORT else []}
