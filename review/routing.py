"""Which queue a case waits in: facts about it, and the rules of the queues."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from common.errors import FieldError
from review import conditions
from review.models import ReviewCase, ReviewQueue
from videos.models import Video

FactsOf = Callable[[Video], Mapping[str, str]]
MOST_CONDITIONS = 20


def facts_of(video: Video) -> dict[str, str]:
    """`model_key` and `language` of a video, from the apps that know (`REVIEW_ROUTING_FACTS`)."""
    facts = {"model_key": "", "language": ""}
    for provider in _providers(tuple(settings.REVIEW_ROUTING_FACTS)):
        facts |= provider(video)
    return facts


@cache
def _providers(paths: tuple[str, ...]) -> tuple[FactsOf, ...]:
    return tuple(import_string(path) for path in paths)


def queue_for(case: ReviewCase) -> ReviewQueue | None:
    """The first queue whose rules take the case, which is in the database; None is the general queue. Two queries."""
    queues = ruled_queues()
    if not queues:
        return None
    asked = {f"takes_{number}": _as_column(takes(queue.rules)) for number, queue in enumerate(queues)}
    answers = ReviewCase.objects.filter(pk=case.pk).annotate(**asked).values(*asked).get()
    return next((queue for number, queue in enumerate(queues) if answers[f"takes_{number}"]), None)


def ruled_queues() -> list[ReviewQueue]:
    """The open queues that take cases by themselves, in the order in which they are asked."""
    return [queue for queue in ReviewQueue.objects.filter(retired_at=None) if queue.rules]


def takes(rules: Sequence[Mapping[str, Any]]) -> Q:
    """The cases that the rules of a queue take: one condition is enough, of which everything must hold."""
    return reduce(or_, map(conditions.q_of, rules))


def ripened() -> list[QuerySet[ReviewCase]]:
    """For each queue, the waiting cases that time has made its own and that are in no queue asked before it."""
    found, asked = [], []
    for queue in ruled_queues():
        asked.append(queue)
        rules = [condition for condition in queue.rules if conditions.ripens(condition)]
        if rules:
            elsewhere = Q(queue=None) | ~Q(queue__in=list(asked))
            found.append(ReviewCase.objects.filter(elsewhere, takes(rules), escalated_at=None))
    return found


def _as_column(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())


def read_rules(rules: Any) -> tuple[list[dict[str, Any]], list[FieldError]]:
    """Rules as they are kept, and everything that is wrong with them, by condition and field."""
    if not isinstance(rules, list) or len(rules) > MOST_CONDITIONS:
        allowed = _("a list of at most %d conditions") % MOST_CONDITIONS
        return [], [FieldError("rules", _("The rules are a list of conditions."), allowed)]
    read, errors = [], []
    for number, condition in enumerate(rules, start=1):
        fit, wrong = _read_condition(number, condition)
        read.append(fit)
        errors += wrong
    return read, errors


def _read_condition(number: int, condition: Any) -> tuple[dict[str, Any], list[FieldError]]:
    fields = ", ".join(conditions.FIELDS)
    where = _("Condition %d") % number
    if not isinstance(condition, dict) or not condition:
        sentence = f"{where}: " + _("this names no field.")
        return {}, [FieldError("rules", sentence, _("a mapping of one or more of %s") % fields)]
    fit, errors = {}, []
    for name, value in condition.items():
        if name not in conditions.FIELDS:
            errors.append(FieldError("rules", f"{where}: " + _("“%s” is not a field.") % str(name)[:40], fields))
            continue
        try:
            fit[name] = conditions.FIELDS[name].read(value)
        except conditions.Unfit as unfit:
            sentence, allowed = unfit.args
            errors.append(FieldError("rules", f"{where}, {name}: {sentence}", allowed))
    return fit, errors
