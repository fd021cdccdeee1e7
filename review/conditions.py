"""What can be asked of a case: one definition for the rules of queues and for the filters of the desk."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.clock import now
from common.text import has_unseen
from review.models import CaseTopic, Decision, Signal
from review.states import QUEUED_KINDS, SignalKind, Topic

MOST_HOURS = 24 * 365
MOST_VALUES = 50
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Unfit(ValueError):
    """A value that a field cannot have; `args` are what is wrong and what is allowed."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to ask: `read` makes a value fit or raises `Unfit`, `q` says which cases have it."""

    read: Callable[[Any], Any]
    q: Callable[[Any], Q]
    # True when time alone may make it hold.
    ripens: bool = False


def q_of(condition: Mapping[str, Any]) -> Q:
    """The cases for which everything in a condition holds. Its values have been read."""
    wanted = Q()
    for name, value in condition.items():
        wanted &= FIELDS[name].q(value)
    return wanted


def ripens(condition: Mapping[str, Any]) -> bool:
    """Whether the condition may come to hold without anything happening to the case."""
    return any(FIELDS[name].ripens for name in condition)


# --- Values ------------------------------------------------------------------------------------------------------


def _among(*allowed: str) -> Callable[[Any], list[str]]:
    def read(value: Any) -> list[str]:
        values = _texts(value)
        if unknown := [one for one in values if one not in allowed]:
            raise Unfit(_("“%s” is none of its values.") % unknown[0][:40], ", ".join(allowed))
        return values

    return read


def _like(pattern: re.Pattern[str], example: str) -> Callable[[Any], list[str]]:
    def read(value: Any) -> list[str]:
        values = _texts(value)
        if wrong := [one for one in values if not pattern.fullmatch(one)]:
            raise Unfit(_("“%s” cannot be one of its values.") % wrong[0][:40], _("for example %s") % example)
        return values

    return read


def _texts(value: Any) -> list[str]:
    values = [value] if isinstance(value, str) else value
    allowed = _("a list of 1 to %d words") % MOST_VALUES
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_VALUES:
        raise Unfit(_("This is no list of values."), allowed)
    if not all(isinstance(one, str) and 0 < len(one.strip()) <= 80 and not has_unseen(one) for one in values):
        raise Unfit(_("A value is a word."), allowed)
    return [one.strip() for one in values]


def _hours(least: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= MOST_HOURS:
            allowed = _("%(least)d to %(most)d") % {"least": least, "most": MOST_HOURS}
            raise Unfit(_("This is no number of hours."), allowed)
        return value

    return read


# --- Questions ---------------------------------------------------------------------------------------------------


def _about(topics: Sequence[str]) -> Q:
    return Q(Exists(CaseTopic.objects.filter(case=OuterRef("pk"), topic__in=topics)))


def _pointed_at(kinds: Sequence[str]) -> Q:
    return Q(Exists(Signal.objects.filter(video=OuterRef("video"), kind__in=kinds, fired=True)))


def _refused_for(codes: Sequence[str]) -> Q:
    earlier = Decision.objects.filter(case__video=OuterRef("video"), case__golden=None, reason__code__in=codes)
    return Q(Exists(earlier))


FIELDS: dict[str, Field] = {
    "kind": Field(_among(*QUEUED_KINDS), lambda kinds: Q(kind__in=kinds)),
    "model": Field(_texts, lambda keys: Q(model_key__in=keys)),
    "cohort": Field(_texts, lambda names: Q(cohort__name__in=names)),
    "language": Field(_like(LANGUAGE, "en, pt-BR"), lambda codes: Q(language__in=codes)),
    "topic": Field(_among(*Topic.values), _about),
    "signal": Field(_among(*SignalKind.values), _pointed_at),
    "earlier_reason": Field(_like(CODE, "real-person"), _refused_for),
    "min_age_hours": Field(_hours(1), lambda hours: Q(opened_at__lte=now() - timedelta(hours=hours)), ripens=True),
    # 0: the deadline has passed.
    "deadline_within_hours": Field(_hours(0), lambda hours: Q(due_at__lte=now() + timedelta(hours=hours)), ripens=True),
}

LABELS = {
    "kind": gettext_lazy("Kind"),
    "model": gettext_lazy("Model"),
    "cohort": gettext_lazy("Cohort"),
    "language": gettext_lazy("Language"),
    "topic": gettext_lazy("About"),
    "signal": gettext_lazy("Signal"),
    "earlier_reason": gettext_lazy("Refused before for"),
    "min_age_hours": gettext_lazy("Waiting for at least"),
    "deadline_within_hours": gettext_lazy("Due within"),
}
