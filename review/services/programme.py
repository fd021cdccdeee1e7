"""What the programme sets for its review, each change on record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.db import lock
from common.errors import FieldError, Invalid, NotFound
from review import policies
from review.models import ReviewRules
from review.states import SignalKind, Topic

NUMBERS = (
    "deadline_working_days",
    "approvals_needed",
    "appeal_days",
    "golden_percent",
    "rest_after",
    "rest_minutes",
)
MOST_A_DAY = 1000
MOST_CLOSED_DAYS = 200
_FIELDS = {field.name: field for field in ReviewRules._meta.concrete_fields}


def set_rules(*, actor: User, **changes: Any) -> ReviewRules:
    """Change some of the rules. They hold for what begins from now on: open cases keep what they were promised."""
    if not policies.can_set_rules(actor):
        raise NotFound
    with transaction.atomic():
        ReviewRules.objects.get_or_create(pk=1)
        rules = lock(ReviewRules.objects.all()).get(pk=1)
        values = check_rules(changes)
        before = {name: getattr(rules, name) for name, value in values.items() if getattr(rules, name) != value}
        if not before:
            return rules
        for name, value in values.items():
            setattr(rules, name, value)
        rules.save(update_fields=list(before))
        after = {name: getattr(rules, name) for name in before}
        record(actor=actor, action="review.rules_set", target=rules, data={"before": before, "after": after})
    return rules


def check_rules(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept; raise with every one that cannot be a rule. The admin panel asks first."""
    errors, values = [], {}
    readers: dict[str, Callable[[Any], Any]] = dict.fromkeys(NUMBERS, _number)
    readers |= {"closed_days": _days, "two_person_signals": _signals, "exposure_budget": _budget}
    for name, value in changes.items():
        if name not in readers:
            errors.append(FieldError(name, _("There is no such rule."), ", ".join(readers)))
            continue
        try:
            values[name] = readers[name](value)
            if name in NUMBERS:
                _FIELDS[name].clean(values[name], None)
        except (_Unfit, ValidationError) as refusal:
            sentence = refusal.messages[0] if isinstance(refusal, ValidationError) else str(refusal.args[0])
            allowed = refusal.args[1] if isinstance(refusal, _Unfit) else ""
            errors.append(FieldError(name, sentence, allowed))
    if errors:
        raise Invalid(errors)
    return values


class _Unfit(Exception):
    """A value that cannot be a rule: a sentence, and what is allowed."""


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Unfit(_("This is no whole number."), "0, 1, 2, …")
    return value


def _days(value: Any) -> list[str]:
    """Each once, in their order, whichever of ISO's ways of writing them was sent."""
    allowed = _("dates such as 2026-12-24, %(most)d at most") % {"most": MOST_CLOSED_DAYS}
    if not isinstance(value, list):
        raise _Unfit(_("This is no list of days."), allowed)
    days = set()
    for text in value:
        try:
            days.add(date.fromisoformat(text))
        except (TypeError, ValueError):
            raise _Unfit(_("“%s” is no date.") % str(text)[:40], allowed) from None
    if len(days) > MOST_CLOSED_DAYS:
        raise _Unfit(_("These are too many days."), allowed)
    return [day.isoformat() for day in sorted(days)]


def _signals(value: Any) -> list[str]:
    kinds = [str(kind) for kind in SignalKind]
    if not isinstance(value, list) or any(kind not in kinds for kind in value):
        raise _Unfit(_("This is no list of signals."), ", ".join(kinds))
    return [kind for kind in kinds if kind in value]


def _budget(value: Any) -> dict[str, int]:
    topics = [str(topic) for topic in Topic]
    allowed = _("numbers from 0 to %(most)d, by topic: %(topics)s") % {
        "most": MOST_A_DAY,
        "topics": ", ".join(topics),
    }
    if not isinstance(value, dict) or any(topic not in topics for topic in value):
        raise _Unfit(_("This is no budget by topic."), allowed)
    for number in value.values():
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MOST_A_DAY:
            raise _Unfit(_("A budget is a number of cases a day."), allowed)
    return {topic: value[topic] for topic in topics if topic in value}
