"""A second person for a case: all that a signal may ask for, and nothing in here decides."""

from __future__ import annotations

from django.db import transaction

from audit.services import record
from common.actors import Actor
from common.db import compare_and_set
from review.models import ReviewCase
from review.services.cases import locked
from review.states import OPEN_STATES


def need_second_person(*, actor: Actor, case: ReviewCase, why: str) -> bool:
    """Ask for two approvals instead of one. Only ever more, and never once the case is closed; says if it changed.

    The version stays: whoever watches the case meanwhile goes on, and their opinion becomes the first of two.
    """
    with transaction.atomic():
        mine = locked(case.pk)
        expected = {"approvals_needed": 1, "state__in": OPEN_STATES}
        cases = ReviewCase.objects.filter(pk=mine.pk)
        if not compare_and_set(cases, expected=expected, changes={"approvals_needed": 2}):
            return False
        record(actor=actor, action="review.second_person_needed", target=mine, data={"why": why[:200]})
    return True
