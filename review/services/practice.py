"""What golden items and calibration share: works that may be practised on, and answers that could be given."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.states import StaffRole
from common.errors import FieldError, Invalid
from review.selectors.rules import policies_in_force, reasons_of
from review.states import ADVERSE, Outcome
from videos.models import Video
from videos.selectors import live_grants


def usable() -> QuerySet[Video]:
    """Public works, and those that the programme's own people made.

    Nobody's private work is shown to reviewers whom its artist never asked.
    """
    own = Q(owner__staff_role__in=[role for role in StaffRole if role != StaffRole.NONE])
    return Video.objects.filter(own | Exists(live_grants().filter(video=OuterRef("pk"))))


def check_answer(outcome: str, reason_code: str, *, fields: tuple[str, str]) -> None:
    """Refuse what no reviewer could decide; `fields` names the two in the caller's form."""
    errors = []
    codes = reasons_of(policies_in_force())
    if outcome not in Outcome.values:
        errors.append(FieldError(fields[0], _("This is not an outcome."), ", ".join(Outcome.values)))
    if outcome in ADVERSE and reason_code not in codes:
        errors.append(FieldError(fields[1], _("Choose a reason from the policies in force."), ", ".join(codes)))
    if outcome == Outcome.APPROVE and reason_code:
        errors.append(FieldError(fields[1], _("An approval gives no reason code."), _("nothing")))
    if errors:
        raise Invalid(errors)
