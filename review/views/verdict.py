"""What every page with a decision form needs: the form, the rules beside it, and the words kept for it."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from accounts.models import User
from review import selectors
from review.forms import DecisionForm
from review.models import ReviewCase


def decision_form(case: ReviewCase, data: QueryDict | None = None, **initial: Any) -> DecisionForm:
    return DecisionForm(data, case=case, rules=selectors.policies_in_force(), initial=initial)


def beside(reviewer: User) -> dict[str, Any]:
    """The context of the partials beside the form."""
    return {"rules": selectors.policies_in_force(), "replies": list(selectors.replies_for(reviewer))}
