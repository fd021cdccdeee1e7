"""Cohorts: who shares which limits."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.fields import checked_line
from accounts.models import Cohort
from accounts.policies import can_manage_cohorts
from audit.services import record
from common.actors import Actor
from common.db import lock
from common.errors import FieldError, Invalid, NotAllowed

# The least and the most of each.
LIMITS = {"weight": (1, 100), "monthly_credits": (0, 10_000_000), "max_queued": (1, 1000)}


def save_cohort(
    *, actor: Actor, name: str, weight: int, monthly_credits: int, max_queued: int, cohort: Cohort | None = None
) -> Cohort:
    """Make a cohort, or change `cohort`. What changed, and from what, is in the log."""
    if not can_manage_cohorts(actor):
        raise NotAllowed(_("Only programme admins change cohorts."))
    wanted = {
        "name": checked_line("name", name, limit=80),
        "weight": weight,
        "monthly_credits": monthly_credits,
        "max_queued": max_queued,
    }
    _check_limits(wanted)
    try:
        with transaction.atomic():
            if cohort is None:
                cohort = Cohort.objects.create(**wanted)
                record(actor=actor, action="cohort.made", target=cohort, data=_limits(cohort))
                return cohort
            cohort = lock(Cohort.objects.filter(pk=cohort.pk)).get()
            before = _limits(cohort)
            if all(getattr(cohort, field) == value for field, value in wanted.items()):
                return cohort
            for field, value in wanted.items():
                setattr(cohort, field, value)
            cohort.save(update_fields=list(wanted))
            record(
                actor=actor, action="cohort.changed", target=cohort, data={"before": before, "after": _limits(cohort)}
            )
    except IntegrityError as error:
        raise Invalid([FieldError("name", _("There is a cohort of this name already."))]) from error
    return cohort


def _check_limits(wanted: dict[str, Any]) -> None:
    wrong = [
        FieldError(
            field, _("This is too small or too large."), _("%(least)d to %(most)d") % {"least": low, "most": top}
        )
        for field, (low, top) in LIMITS.items()
        if not low <= wanted[field] <= top
    ]
    if wrong:
        raise Invalid(wrong)


def _limits(cohort: Cohort) -> dict[str, int]:
    return {field: getattr(cohort, field) for field in LIMITS}
