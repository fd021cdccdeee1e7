"""What a reviewer sees of the queue: nothing of any case's content. Its cost does not grow with the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    DateTimeField,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    prefetch_related_objects,
)
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.models import User
from common.clock import now
from review import conditions, policies
from review.filters import GENERAL, Filter
from review.models import Assessment, Claim, Pass, ReviewCase, ReviewQueue
from review.selectors.wellness import wishes_of
from review.states import WAITING_STATES, CaseState
from videos.models import Rendition
from videos.states import RenditionKind

# More than a reviewer scrolls through at a time.
QUEUE_ROWS = 50
# Beyond it nobody counts: "1,000+" says as much, and costs the same with ten thousand cases as with a million.
COUNTED = 1000


class Amount(int):
    """A number up to `COUNTED`, and one more where there are more."""

    @property
    def words(self) -> str:
        if self > COUNTED:
            return _("%s+") % number_format(COUNTED, force_grouping=True)
        return number_format(int(self), force_grouping=True)


@dataclass(frozen=True, slots=True)
class Queue:
    """The desk at one moment, as one reviewer sees it at the side of each page."""

    waiting: Amount
    being_reviewed: Amount
    oldest_opened_at: datetime | None
    decided_today: int
    my_claims: Sequence[Claim]


@dataclass(frozen=True, slots=True)
class Glance:
    """One queue: how many wait in it, and since when."""

    key: str  # as the filter names it
    name: str
    is_open: bool  # to this reviewer
    waiting: Amount
    oldest_opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of the queue.

    Each case also has `share_copy_size`, `claim_now` (who looks at it), `mine`, `can_claim`, `is_passed`, `on_hold`.
    """

    cases: Sequence[ReviewCase]
    after: str  # the next page's cursor; empty on the last one


def queue(reviewer: User) -> Queue:
    """The reviewer's desk in figures. Four queries."""
    waiting = policies.not_own(reviewer).filter(state__in=WAITING_STATES)
    # Of the general queue and of each other one, as the indexes go; then the oldest of these.
    of_each = ReviewQueue.objects.order_by().values(oldest=_oldest(waiting.filter(queue=OuterRef("pk"))))
    figures = _answers(
        reviewer,
        {
            "number": _number(waiting),
            "general": _oldest(waiting.filter(queue=None)),
            "special": _Over(of_each, what="MIN(oldest)"),
        },
    )
    today = timezone.localtime(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    live = Claim.objects.filter(ended_at=None, expires_at__gt=now())
    return Queue(
        waiting=Amount(figures["number"]),
        being_reviewed=Amount(live.exclude(case__video__owner=reviewer)[: COUNTED + 1].count()),
        oldest_opened_at=min(filter(None, (figures["general"], figures["special"])), default=None),
        # Opinions: the first of two counts, and so does one of a case with a known answer, which nobody can tell.
        decided_today=Assessment.objects.filter(reviewer=reviewer, assessed_at__gte=today).count(),
        my_claims=list(policies.held_by(reviewer).select_related("case__video").order_by("expires_at")),
    )


def queues_at_a_glance(reviewer: User) -> list[Glance]:
    """Every open queue, the general one first. Three queries, however many queues and cases."""
    queues = [None, *ReviewQueue.objects.filter(retired_at=None)]
    waiting = policies.not_own(reviewer).filter(state__in=WAITING_STATES)
    asked: dict[str, Subquery] = {}
    for number, one in enumerate(queues):
        # By its key and not by a join: then the database knows which queue, and how long that one is.
        asked |= _asked(waiting.filter(queue=one), str(number))
    figures = _answers(reviewer, asked)
    closed = policies.reach_of(reviewer).closed
    return [
        Glance(
            key=one.slug if one else GENERAL,
            name=one.name if one else _("General"),
            is_open=one is None or one.pk not in closed,
            waiting=Amount(figures[f"number_{number}"]),
            oldest_opened_at=figures[f"oldest_{number}"],
        )
        for number, one in enumerate(queues)
    ]


def queue_rows(reviewer: User, chosen: Filter, *, after: str = "", limit: int = QUEUE_ROWS) -> Rows:
    """Open cases in the queue's order, after a cursor: what waits, and what somebody looks at just now."""
    known = _chosen(reviewer, chosen)
    start = _after(after)
    found: list[ReviewCase] = []
    # Two roads, as an index of its own leads down each of them: the many that wait, and the few that are held.
    if states := [state for state in WAITING_STATES if not chosen.states or state in chosen.states]:
        found += _ordered(known.filter(start, state__in=states), limit)
    if not chosen.states or CaseState.CLAIMED in chosen.states:
        held = list(Claim.objects.filter(ended_at=None).order_by("id").values_list("case", flat=True)[:COUNTED])
        found += _ordered(known.filter(start, state=CaseState.CLAIMED, pk__in=held), limit)
    found.sort(key=lambda case: (case.due_at, case.pk))
    page = found[:limit]
    _mark(reviewer, page)
    return Rows(page, cursor_of(page[-1]) if len(found) > limit else "")


def cursor_of(case: ReviewCase) -> str:
    """The place right behind a case, in an address."""
    return f"{case.due_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}_{case.pk.hex}"


def is_cursor(text: str) -> bool:
    """Whether `cursor_of` could have made it."""
    return _place(text) is not None


def _place(cursor: str) -> tuple[datetime, UUID] | None:
    moment, _separator, key = cursor.partition("_")
    try:
        due_at, pk = datetime.fromisoformat(moment), UUID(key)
    except ValueError:
        return None
    return (due_at, pk) if due_at.tzinfo else None


def _after(cursor: str) -> Q:
    """What comes behind a cursor; everything for one of somebody's own making."""
    place = _place(cursor)
    if place is None:
        return Q()
    due_at, pk = place
    # The first of the two lets the database begin in the middle of the index.
    return Q(due_at__gte=due_at) & (Q(due_at__gt=due_at) | Q(pk__gt=pk))


def _chosen(reviewer: User, chosen: Filter) -> QuerySet[ReviewCase]:
    cases = policies.visible_in_queue(reviewer)
    if chosen.for_me:
        wishes = wishes_of(reviewer)
        cases = policies.next_for(reviewer, languages=wishes.languages, declined=wishes.declined, spent=wishes.spent)
    if chosen.queue:
        # By its key, as above.
        key = ReviewQueue.objects.filter(slug=chosen.queue).values_list("pk", flat=True).first()
        cases = (
            cases.filter(queue=None) if chosen.queue == GENERAL else cases.filter(queue=key) if key else cases.none()
        )
    return cases.filter(conditions.q_of(chosen.condition)) if chosen.condition else cases


def _ordered(cases: QuerySet[ReviewCase], limit: int) -> list[ReviewCase]:
    size = Rendition.objects.current().filter(video=OuterRef("video"), kind=RenditionKind.SHARE_COPY)
    rows = cases.annotate(share_copy_size=Subquery(size.values("size")[:1])).defer("note")
    rows = rows.select_related("video", "queue", "assigned_to")
    return list(rows.order_by("due_at", "id")[: limit + 1])


def _mark(reviewer: User, page: Sequence[ReviewCase]) -> None:
    """Who looks at each row, what it is about, and what this reviewer may do with it. Four queries."""
    live = Claim.objects.filter(ended_at=None, expires_at__gt=now()).select_related("reviewer")
    prefetch_related_objects(page, "topics", Prefetch("claims", live, to_attr="live"))
    keys = [case.pk for case in page]
    claimable = set(policies.claimable_by(reviewer).filter(pk__in=keys).values_list("pk", flat=True))
    passed = set(Pass.objects.filter(case__in=keys, reviewer=reviewer).values_list("case_id", flat=True))
    for case in page:
        row: Any = case
        row.claim_now = row.live[0] if row.live and case.state == CaseState.CLAIMED else None
        row.mine = row.claim_now is not None and row.claim_now.reviewer_id == reviewer.pk
        row.can_claim = case.pk in claimable
        row.is_passed = case.pk in passed
        row.on_hold = case.held_until is not None and case.held_until > now() and case.overdue_at is None


def _asked(waiting: QuerySet[ReviewCase], name: str) -> dict[str, Subquery]:
    """How many cases of one queue wait, up to `COUNTED`, and since when the first of them: an index leads to each."""
    return {f"number_{name}": _number(waiting), f"oldest_{name}": _oldest(waiting)}


def _number(waiting: QuerySet[ReviewCase]) -> Subquery:
    return _Over(waiting.order_by("due_at", "id").values("pk")[: COUNTED + 1], what="COUNT(*)")


def _oldest(waiting: QuerySet[ReviewCase]) -> Subquery:
    return Subquery(waiting.order_by("opened_at").values("opened_at")[:1])


def _answers(reviewer: User, asked: dict[str, Subquery]) -> dict[str, Any]:
    """All of them in one statement."""
    return dict(User.objects.filter(pk=reviewer.pk).values(**asked).get())


class _Over(Subquery):
    """One figure over the rows of a subquery, such as the first thousand."""

    template = "(SELECT %(what)s FROM (%(subquery)s) AS some_rows)"

    def __init__(self, queryset: QuerySet[Any, Any], *, what: str) -> None:
        field = IntegerField() if what.startswith("COUNT") else DateTimeField()
        super().__init__(queryset, output_field=field, what=what)
