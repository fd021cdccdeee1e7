"""What a reviewer sees of the queue: nothing of any case's content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet

from accounts.models import User
from common.clock import now
from review import policies
from review.models import Claim, Decision, ReviewCase
from review.states import OPEN_STATES, CaseState
from videos.states import RenditionKind

# More than a reviewer scrolls through; the counts above the table speak of all.
QUEUE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Queue:
    """The desk at one moment, as one reviewer sees it."""

    cases: Sequence[ReviewCase]
    waiting: int
    being_reviewed: int
    oldest_opened_at: datetime | None
    decided_today: int
    my_claims: Sequence[Claim]

    @property
    def hidden(self) -> int:
        """Open cases beyond the rows of the table."""
        return max(0, self.waiting + self.being_reviewed - len(self.cases))


def open_cases(reviewer: User) -> QuerySet[ReviewCase]:
    """Rows for the queue, without anything of their content: `share_copy_size` and `mine` are annotated."""
    cases = policies.visible_in_queue(reviewer).filter(state__in=OPEN_STATES).select_related("video")
    live = Q(claims__reviewer=reviewer, claims__ended_at=None, claims__expires_at__gt=now())
    return cases.annotate(
        share_copy_size=Min("video__renditions__size", filter=Q(video__renditions__kind=RenditionKind.SHARE_COPY)),
        mine=Count("claims", filter=live, distinct=True),
    ).defer("note")


def queue(reviewer: User) -> Queue:
    """The reviewer's desk. Four queries: rows, counts, own claims, own decisions of today."""
    moment = now()
    known = policies.visible_in_queue(reviewer)
    counts = known.filter(state__in=OPEN_STATES).aggregate(
        waiting=Count("pk", filter=Q(state=CaseState.QUEUED)),
        claimed=Count("pk", filter=~Q(state=CaseState.QUEUED)),
        oldest=Min("opened_at", filter=Q(state=CaseState.QUEUED)),
    )
    return Queue(
        cases=list(open_cases(reviewer).order_by("id")[:QUEUE_ROWS]),
        waiting=counts["waiting"],
        being_reviewed=counts["claimed"],
        oldest_opened_at=counts["oldest"],
        decided_today=Decision.objects.filter(reviewer=reviewer, decided_at__date=moment.date()).count(),
        my_claims=list(policies.held_by(reviewer).select_related("case__video").order_by("expires_at")),
    )
