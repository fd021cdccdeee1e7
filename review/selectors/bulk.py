"""What a reviewer sees of cases that could be decided alike: facts, and nothing of any case's content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.models import User
from review import conditions, policies
from review.filters import GENERAL, Filter
from review.models import Answer, BulkDecision, BulkItem, Claim, ReviewCase, Signal
from review.states import BulkState, SignalKind, SignalState

# Signals whose hits name other works that are like this one.
ALIKE = (SignalKind.SAME_PROMPT, SignalKind.NEAR_DUPLICATE)
CLOSED_SHOWN = 20
# As many as a person can look through line by line.
MOST = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """One case that may be chosen. `group` is the same number for works with the same prompt or picture; 0: alone."""

    case: ReviewCase
    group: int
    opened: bool  # by this reviewer, who may only then decide it

    @property
    def key(self) -> str:
        """What the form sends back: the case, and the version that was seen."""
        return f"{self.case.pk}:{self.case.version}"


def bulk_choice(reviewer: User, chosen: Filter, *, only: Iterable[UUID] | None = None) -> list[Candidate]:
    """The cases to choose from, in the queue's order. Five queries."""
    cases = policies.bulk_candidates(reviewer)
    if only is not None:
        cases = cases.filter(pk__in=list(only))
    if chosen.queue:
        cases = cases.filter(queue=None) if chosen.queue == GENERAL else cases.filter(queue__slug=chosen.queue)
    if chosen.condition:
        cases = cases.filter(conditions.q_of(chosen.condition))
    rows = cases.select_related("video", "queue", "cohort").prefetch_related("topics").order_by("due_at", "id")
    return _candidates(reviewer, list(rows.defer("note")[:MOST]))


def _candidates(reviewer: User, cases: Sequence[ReviewCase]) -> list[Candidate]:
    groups = groups_of(cases)
    unseen = unopened(reviewer, [case.pk for case in cases])
    return [Candidate(case, groups.get(case.pk, 0), case.pk not in unseen) for case in cases]


def unopened(reviewer: User, cases: Iterable[UUID]) -> set[UUID]:
    """Of these cases, those that the reviewer has not held, and so could not watch, as they are now. One query.

    What was held before the artist's latest answer was perhaps another take.
    """
    wanted = set(cases)
    answered = Answer.objects.filter(case=OuterRef("case"), answered_at__gt=OuterRef("claimed_at"))
    held = Claim.objects.filter(~Exists(answered), case__in=wanted, reviewer=reviewer)
    return wanted - set(held.values_list("case", flat=True))


def groups_of(cases: Sequence[ReviewCase]) -> dict[UUID, int]:
    """Which of these cases are alike, by what signals found: case -> number of its group, from 1. One query."""
    by_video = {str(case.video_id): case.pk for case in cases}
    leader = {case.pk: case.pk for case in cases}

    def lead(pk: UUID) -> UUID:
        while leader[pk] != pk:
            pk = leader[pk]
        return pk

    videos = [case.video_id for case in cases]
    found = Signal.objects.filter(video__in=videos, kind__in=ALIKE, state=SignalState.DONE, fired=True)
    for video, hits in found.values_list("video", "hits"):
        for hit in hits:
            other = by_video.get(str(hit.get("video", "")))
            if other is not None:
                leader[lead(other)] = lead(by_video[str(video)])
    sizes: dict[UUID, int] = {}
    for pk in leader:
        sizes[lead(pk)] = sizes.get(lead(pk), 0) + 1
    numbers = {pk: number for number, pk in enumerate([pk for pk, size in sizes.items() if size > 1], start=1)}
    return {case.pk: numbers[lead(case.pk)] for case in cases if lead(case.pk) in numbers}


def bulk_decisions(reviewer: User) -> QuerySet[BulkDecision]:
    """The proposals that a reviewer knows of, newest first, with how many cases each is about."""
    known = policies.bulk_visible_to(reviewer).select_related("proposed_by", "confirmed_by", "reason")
    return known.annotate(size=Count("items")).order_by("-id")


def bulk_pending(reviewer: User) -> list[BulkDecision]:
    return list(bulk_decisions(reviewer).filter(state__in=(BulkState.PROPOSED, BulkState.CONFIRMED)))


def bulk_closed(reviewer: User) -> list[BulkDecision]:
    closed = bulk_decisions(reviewer).exclude(state__in=(BulkState.PROPOSED, BulkState.CONFIRMED))
    return list(closed[:CLOSED_SHOWN])


def bulk_items(bulk: BulkDecision, reviewer: User) -> list[BulkItem]:
    """The cases of a proposal, what became of them, and which of them this reviewer has watched. Four queries."""
    items = bulk.items.select_related("case__queue", "case__video", "case__cohort").prefetch_related("case__topics")
    rows = list(items.order_by("case"))
    groups = groups_of([item.case for item in rows])
    unseen = unopened(reviewer, [item.case_id for item in rows])
    for item in rows:
        item.group = groups.get(item.case_id, 0)  # type: ignore[attr-defined]
        item.opened = item.case_id not in unseen  # type: ignore[attr-defined]
    return rows
