"""What a reviewer asks of the queue, out of a query string or a saved filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from common.errors import FieldError, Invalid
from common.text import has_unseen
from review import conditions
from review.states import OPEN_STATES

# The queue without rules, as filters name it; no other queue can be called so.
GENERAL = "general"
HOURS = ("min_age_hours", "deadline_within_hours")
# All that can be asked; an address may hold more, which asks for nothing.
NAMES = (*conditions.FIELDS, "state", "queue", "for_me")


@dataclass(frozen=True, slots=True)
class Filter:
    """Cases of a queue (any: empty), in some states (any open one: none), for which a condition holds."""

    condition: Mapping[str, Any] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    queue: str = ""
    for_me: bool = False  # only what "next case" would bring

    def __bool__(self) -> bool:
        return bool(self.condition or self.states or self.queue or self.for_me)

    @property
    def query(self) -> dict[str, list[str]]:
        """The same as a mapping that can be kept, and read again."""
        values = {name: _as_texts(value) for name, value in self.condition.items()}
        more = {"state": list(self.states), "queue": [self.queue] if self.queue else [], "for_me": ["1"] * self.for_me}
        return values | {name: texts for name, texts in more.items() if texts}

    @property
    def querystring(self) -> str:
        asked = QueryDict(mutable=True)
        for name, texts in self.query.items():
            asked.setlist(name, texts)
        return asked.urlencode()


def read(query: Mapping[str, list[str]]) -> Filter:
    """Raise `Invalid` with every value that cannot be asked for. Empty values ask for nothing."""
    condition, errors = {}, []
    for name, one in conditions.FIELDS.items():
        values = _values(query, name)
        if not values:
            continue
        try:
            condition[name] = one.read(int(values[0]) if name in HOURS else values)
        except conditions.Unfit as unfit:
            errors.append(FieldError(name, *unfit.args))
        except ValueError:
            errors.append(FieldError(name, _("This is no number of hours."), "0, 1, 2, …"))
    states = tuple(_values(query, "state"))
    if unknown := set(states) - set(OPEN_STATES):
        sentence = _("“%s” is no state of an open case.") % min(unknown)[:40]
        errors.append(FieldError("state", sentence, ", ".join(OPEN_STATES)))
    queue = "".join(_values(query, "queue")[:1])[:80]
    if has_unseen(queue):
        errors.append(FieldError("queue", _("There is no such queue."), _("the key of a queue")))
    if errors:
        raise Invalid(errors)
    return Filter(condition, states, queue, bool(_values(query, "for_me")))


def read_lenient(query: Mapping[str, list[str]]) -> tuple[Filter, list[str]]:
    """What can be asked of this, and a sentence about everything that cannot: a page shows the rest all the same."""
    try:
        return read(query), []
    except Invalid as invalid:
        bad = {error.field for error in invalid.fields}
        left = {name: values for name, values in query.items() if name not in bad}
        return read(left), [error.reason for error in invalid.fields]


def _values(query: Mapping[str, list[str]], name: str) -> list[str]:
    return [value.strip() for value in query.get(name, []) if value.strip()]


def _as_texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
