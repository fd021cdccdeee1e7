"""The leads' dashboard: what comes in, what waits, what is kept, and who carries it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import User
from common.clock import now
from review.models import Claim, Decision, ReviewCase
from review.selectors.figures import DeadlineFigures, deadline_figures
from review.states import OPEN_STATES, QUEUED_KINDS, WAITING_STATES

DAYS = 30
# The backlog's ages: so many hours, and the last one has no end.
AGES = (24, 48, 72, 168)


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    opened: int
    decided: int


@dataclass(frozen=True, slots=True)
class Age:
    """Waiting cases between two ages in hours; `to_hours` None is "and older"."""

    from_hours: int
    to_hours: int | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Load:
    """One reviewer's share of the last week."""

    reviewer: str
    decided: int
    holds: int


@dataclass(frozen=True, slots=True)
class Reason:
    policy: str
    label: str
    given: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    days: Sequence[Day]
    backlog: Sequence[Age]
    waiting: int
    overdue: int
    deadlines: DeadlineFigures
    reasons: Sequence[Reason]
    load: Sequence[Load]


def dashboard() -> Dashboard:
    """Everything at this moment; golden cases count nowhere. Constant in queries, whatever is in the tables."""
    moment = now()
    backlog = _backlog(moment)
    waiting = ReviewCase.objects.filter(state__in=OPEN_STATES, golden=None)
    return Dashboard(
        days=_days(moment),
        backlog=backlog,
        waiting=sum(age.waiting for age in backlog),
        overdue=waiting.filter(due_at__lt=moment).count(),
        deadlines=deadline_figures(),
        reasons=_reasons(moment),
        load=_load(moment),
    )


def _of_reviewers() -> QuerySet[Decision]:
    """What the desk decided; an admin's own take-down is no work of its."""
    return Decision.objects.filter(case__kind__in=QUEUED_KINDS)


def _days(moment: datetime) -> list[Day]:
    """The last days in the reader's time zone, the empty ones too."""
    today = timezone.localdate(moment)
    first = today - timedelta(days=DAYS - 1)
    cases = ReviewCase.objects.filter(golden=None, kind__in=QUEUED_KINDS, opened_at__date__gte=first)
    opened = dict(cases.annotate(day=TruncDate("opened_at")).values_list("day").annotate(Count("pk")).order_by())
    decisions = _of_reviewers().filter(decided_at__date__gte=first)
    decided = dict(decisions.annotate(day=TruncDate("decided_at")).values_list("day").annotate(Count("pk")).order_by())
    every = (first + timedelta(days=number) for number in range(DAYS))
    return [Day(day, opened.get(day, 0), decided.get(day, 0)) for day in every]


def _backlog(moment: datetime) -> list[Age]:
    edges = [0, *AGES, None]
    spans = list(pairwise(edges))
    counts = {
        f"age_{number}": Count("pk", filter=_of_age(moment, begin or 0, end))
        for number, (begin, end) in enumerate(spans)
    }
    found = ReviewCase.objects.filter(state__in=WAITING_STATES, golden=None).aggregate(**counts)
    return [Age(begin or 0, end, found[f"age_{number}"]) for number, (begin, end) in enumerate(spans)]


def _of_age(moment: datetime, from_hours: int, to_hours: int | None) -> Q:
    old_enough = Q(opened_at__lte=moment - timedelta(hours=from_hours))
    return old_enough if to_hours is None else old_enough & Q(opened_at__gt=moment - timedelta(hours=to_hours))


def _reasons(moment: datetime) -> list[Reason]:
    given = _of_reviewers().filter(reason__isnull=False, decided_at__gte=moment - timedelta(days=DAYS))
    counted = given.values_list("reason__policy_version__policy__title", "reason__label")
    return [Reason(*row) for row in counted.annotate(given=Count("pk")).order_by("-given", "reason__label")]


def _load(moment: datetime) -> list[Load]:
    """Who decided anything within a week, or holds something now."""
    week = _of_reviewers().filter(decided_at__gte=moment - timedelta(days=7))
    decided = dict(week.values_list("reviewer").annotate(Count("pk")).order_by())
    live = Claim.objects.filter(ended_at=None, expires_at__gt=moment)
    holds = dict(live.values_list("reviewer").annotate(Count("pk")).order_by())
    people = {person.pk: str(person) for person in User.objects.filter(pk__in={*decided, *holds})}
    found = [Load(people[pk], decided.get(pk, 0), holds.get(pk, 0)) for pk in people]
    return sorted(found, key=lambda load: (-load.decided, load.reviewer))
