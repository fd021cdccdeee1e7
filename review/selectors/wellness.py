"""What a reviewer has seen, and when they rest. Only the reviewer themselves is ever shown any of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef

from accounts.models import User
from common.clock import now
from review.models import Claim, Exposure, Rest, ReviewerPreferences, ReviewRules
from review.selectors.rules import review_rules
from review.states import Topic

# A budget counts the last 24 hours: midnight, which is another moment in each time zone, gives nobody a double share.
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """How many cases of one topic a reviewer opened within a day, and how many "next case" may still bring."""

    topic: Topic
    count: int
    left: int | None  # None: no limit

    @property
    def label(self) -> str:
        return str(self.topic.label)

    @property
    def budget(self) -> int | None:
        return None if self.left is None else self.count + self.left


@dataclass(frozen=True, slots=True)
class Wellness:
    """What a reviewer is told about themselves."""

    seen: Sequence[Seen]  # topics that were seen or have a limit
    rest_ends_at: datetime | None  # of a rest that runs
    until_rest: int | None  # cases of topics with a limit, until the next rest; None while no topic has one
    rest_minutes: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """What "next case" spares a reviewer. No language: they read all."""

    languages: Sequence[str]
    declined: Sequence[str]  # topics
    spent: Sequence[str]  # topics of which they have seen enough for a day


def wishes_of(reviewer: User, rules: ReviewRules | None = None) -> Wishes:
    preferences = preferences_of(reviewer)
    spent = [topic for topic, left in budget_left(reviewer, rules).items() if left <= 0]
    return Wishes(preferences.languages, preferences.declined_topics, spent)


def preferences_of(reviewer: User) -> ReviewerPreferences:
    """How the reviewer wants to meet a video; the defaults while they have said nothing."""
    return ReviewerPreferences.objects.filter(reviewer=reviewer).first() or ReviewerPreferences(reviewer=reviewer)


def budget_left(actor: User, rules: ReviewRules | None = None) -> dict[str, int]:
    """Cases that the reviewer may still be brought, by each topic that has a limit."""
    budget = budgets(rules or review_rules())
    counts = _counts(actor) if budget else {}
    return {topic: max(0, limit - counts.get(topic, 0)) for topic, limit in budget.items()}


def budgets(rules: ReviewRules) -> dict[str, int]:
    """The limits of the rules, by topic; what is no topic or no number is left out."""
    return {
        topic: limit for topic, limit in rules.exposure_budget.items() if topic in Topic.values and type(limit) is int
    }


def wellness_of(reviewer: User) -> Wellness:
    """The reviewer's own figures."""
    rules = review_rules()
    budget = budgets(rules)
    counts = _counts(reviewer)
    rest = rest_running(reviewer)
    row = len(row_of_heavy_cases(reviewer, rules)) if budget else 0
    return Wellness(
        seen=[
            Seen(topic, counts.get(topic, 0), max(0, budget[topic] - counts.get(topic, 0)) if topic in budget else None)
            for topic in Topic
            if topic in budget or topic in counts
        ],
        rest_ends_at=rest,
        until_rest=max(0, rules.rest_after - row) if budget and rules.rest_after else None,
        rest_minutes=rules.rest_minutes,
    )


def rest_running(reviewer: User) -> datetime | None:
    """When the reviewer's rest ends, if one runs.

    A rest is owed from the moment that the case which brought it was opened, and begins when that case is done with.
    """
    rest = Rest.objects.filter(reviewer=reviewer).order_by("-begins_at").first()
    if rest is None:
        return None
    length = rest.ends_at - rest.begins_at
    last = Claim.objects.filter(reviewer=reviewer, claimed_at__lte=rest.begins_at).order_by("-id").first()
    ends_at = max(rest.ends_at, _end_of(last) + length) if last else rest.ends_at
    return ends_at if ends_at > now() else None


def row_of_heavy_cases(reviewer: User, rules: ReviewRules) -> set[object]:
    """The latest cases of topics with a limit that were opened one after another, without a rest or another case."""
    heavy = Exposure.objects.filter(claim=OuterRef("pk"), topic__in=list(budgets(rules)))
    claims = Claim.objects.filter(reviewer=reviewer, claimed_at__gt=now() - DAY)
    if rested := Rest.objects.filter(reviewer=reviewer).order_by("-begins_at").first():
        claims = claims.filter(claimed_at__gt=rested.begins_at)
    row: set[object] = set()
    opened_next = now()
    # A case that moves to another window is claimed again: three times as many claims as cases are plenty.
    for claim in claims.annotate(heavy=Exists(heavy)).order_by("-id")[: 3 * rules.rest_after]:
        paused = opened_next - _end_of(claim) >= timedelta(minutes=rules.rest_minutes)
        if paused or not claim.heavy:
            break
        row.add(claim.case_id)
        opened_next = claim.claimed_at
    return row


def _end_of(claim: Claim) -> datetime:
    """When the reviewer was done with the case, as far as anybody knows."""
    return min(claim.ended_at or now(), claim.expires_at)


def _counts(reviewer: User) -> dict[str, int]:
    seen = Exposure.objects.filter(reviewer=reviewer, seen_at__gt=now() - DAY)
    return dict(seen.values_list("topic").annotate(cases=Count("claim__case", distinct=True)))
