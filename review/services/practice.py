"""What golden items and calibration share: answers that could be given."""

from __future__ import annotations

from django.utils.translation import gettext as _

from common.errors import FieldError, Invalid
from review.selectors.rules import policies_in_force, reasons_of
from review.states import ADVERSE, Outcome


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
