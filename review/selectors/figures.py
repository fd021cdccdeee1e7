"""What the review can prove about itself: deadlines kept, and how long decisions take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q

from common.clock import now
from review import deadlines
from review.models import Claim, Decision, ReviewCase
from review.selectors.rules import review_rules
from review.states import WAITING_STATES, CaseKind, CaseState

DAYS = 90
# So many decisions tell how long one takes; fewer than the least tell nothing.
LATEST_DECISIONS = 200
FEWEST_DECISIONS = 5


@dataclass(frozen=True, slots=True)
class DeadlineFigures:
    """Deadlines whose outcome became known in the last `days`: by the decision, or by passing."""

    days: int
    met: int
    missed: int

    @property
    def total(self) -> int:
        return self.met + self.missed

    @property
    def met_percent(self) -> int | None:
        """Rounded down, so that "100" means every one; None while there is nothing to count."""
        return 100 * self.met // self.total if self.total else None


def deadline_figures() -> DeadlineFigures:
    """Cases of the artists', golden ones left out; a case withdrawn in time never had an outcome. Five queries."""
    moment = now()
    since = moment - timedelta(days=DAYS)
    cases = ReviewCase.objects.filter(kind__in=deadlines.PROMISED_KINDS, golden=None)
    closed = cases.filter(closed_at__gte=since).aggregate(
        met=Count("pk", filter=Q(state=CaseState.DECIDED, closed_at__lte=F("due_at"))),
        late=Count("pk", filter=Q(closed_at__gt=F("due_at"), due_at__gte=since)),
    )
    late = cases.filter(due_at__gte=since, due_at__lt=moment)
    waiting = late.filter(state__in=WAITING_STATES).count()
    held = late.filter(state=CaseState.CLAIMED, pk__in=Claim.objects.filter(ended_at=None).values("case")).count()
    met_before, missed_before = _of_earlier_rounds(since)
    return DeadlineFigures(DAYS, closed["met"] + met_before, closed["late"] + waiting + held + missed_before)


def _of_earlier_rounds(since: datetime) -> tuple[int, int]:
    """Requests for changes that were answered: the case has a new deadline now, and the answer kept the earlier one.

    Of the oldest answers, which did not, it is worked out again.
    """
    answered = Decision.objects.filter(
        answer__isnull=False, decided_at__gte=since, case__golden=None, case__kind__in=deadlines.PROMISED_KINDS
    )
    rows = answered.values_list(
        "decided_at", "answer__promised_at", "case__opened_at", "supersedes__answer__answered_at"
    )
    days = review_rules().deadline_working_days
    kept = [decided <= (promised or deadlines.due(again or opened, days)) for decided, promised, opened, again in rows]
    return kept.count(True), kept.count(False)


@dataclass(frozen=True, slots=True)
class Wait:
    """What is left to wait, in seconds, as a range: for the middle three fifths of the cases that were measured."""

    low_seconds: float
    high_seconds: float
    measured: int  # how many decisions it is taken from


def decision_times(kind: CaseKind) -> list[float]:
    """Seconds from opening to decision of the latest cases of this kind, shortest first. One query."""
    decided = ReviewCase.objects.filter(
        kind=kind, golden=None, round=1, state=CaseState.DECIDED, closed_at__gte=now() - timedelta(days=DAYS)
    )
    latest = decided.order_by("-closed_at").values_list("opened_at", "closed_at")[:LATEST_DECISIONS]
    return sorted((closed - opened).total_seconds() for opened, closed in latest if closed)


def wait_left(times: list[float], waited: float) -> Wait | None:
    """What those that took longer than `waited` still had before them; None when too few did to tell."""
    left = [time - waited for time in times if time > waited]
    if len(left) < FEWEST_DECISIONS:
        return None
    last = len(left) - 1
    return Wait(left[last // 5], left[last - last // 5], len(left))
