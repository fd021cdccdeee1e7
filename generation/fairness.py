"""Whose turn is it? The one definition of the queue's order, for workers who claim and pages that say the place.

Every waiting generation gets a *turn*, and the lowest turn goes first (the older one among equals):

    turn = (served + position) / weight  -  (waited / AGEING, for the participant's first one only)

    served    how many of the participant's generations run now or started within RECENT
    position  1 for the participant's first waiting generation, 2 for the next, … in their own order: as they were
              asked for, until the artist moves one. What the artist holds is not in the queue at all
    weight    of the participant's cohort: at weight 2 two turns come for one at weight 1
    waited    since the participant began to wait: since that first one was submitted or let go on, or since their last
              start

What follows from it (tests/generation/test_fairness.py):
- Round robin: participants of equal weight are kept level; who had fewer starts of late goes first.
- First come, first served within a participant, or whatever order they like better.
- A flood delays its own author: whoever comes with one generation stands before the second one of everybody else.
- Nobody starves. Waiting moves a participant ahead by one turn each AGEING, while whoever is served starts to wait
  anew: who is D turns behind has passed every newcomer, of whatever weight, after D times AGEING.
- The list of now is the order in which they will be served, new arrivals, caps and the passing of time aside: when the
  first one of somebody starts, `served` grows by one and each `position` behind it falls by one.
- Only the first one of each participant can be next, so a claim looks at as many rows as people wait, however much
  each of them has in the queue (`heads_in_order`).
- A warm model goes first among those who stand at most WARM_TURNS behind the first one (`warm_first`). Since waiting
  moves everybody ahead alike, whoever comes WARM_TURNS times AGEING later than the rule above allows passes nobody:
  the preference adds that much to a wait, and never more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Case, Count, Exists, F, FloatField, Func, OuterRef, Q, QuerySet, Subquery, When, Window
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Greatest, RowNumber

from accounts.models import Cohort, Participant
from common.clock import now
from generation.models import Generation
from generation.states import GenerationState

RECENT = timedelta(minutes=15)
AGEING = timedelta(minutes=10)  # a wait as long as this is worth one turn
WARM_TURNS = 0.5  # how far behind the first one a model that is loaded already may be preferred

IS_WAITING = Q(state=GenerationState.QUEUED, held_at__isnull=True)


def heads_in_order(
    *, left_out: Collection[str] = (), kept: Collection[UUID] = (), switched: Q | None = None
) -> QuerySet[Participant]:
    """Everybody whose next generation may start now, the fairest first, with `head` (its id), `head_model` and `turn`.

    Whoever is at a cap (their own, or their cohort's together) is not in it. `left_out` are models that may not start
    now or here, and `kept` single generations that may not; `switched` (services.switches) leaves out what an admin
    switched off: the head is then the first one that is none of these. Each row is a participant, which can be locked.
    """
    waiting = Generation.objects.filter(IS_WAITING, participant=OuterRef("pk"))
    if left_out:
        waiting = waiting.exclude(model_key__in=left_out)
    if kept:
        waiting = waiting.exclude(pk__in=kept)
    if switched is not None:
        waiting = waiting.filter(switched)
    first = waiting.order_by("position", "take").values("pk")[:1]
    turn = (_served("pk") + 1.0) / Cast("cohort__weight", FloatField()) - _turns_waited("pk", "generations__")
    return (
        Participant.objects.filter(generations__pk=Subquery(first))
        .exclude(cohort__in=_full_cohorts())
        .annotate(running=_count(_running("pk")))
        .filter(running__lt=F("cohort__max_running"))
        .annotate(head=F("generations__pk"), head_model=F("generations__model_key"), turn=turn)
        .order_by("turn", "generations__created_at", "generations__pk")
    )


def eligible_in_order() -> QuerySet[Generation]:
    """Everything that waits and is not held, with its `turn`, the fairest first. It reads the whole queue."""
    place = Window(RowNumber(), partition_by="participant", order_by=("position", "take"))
    earlier = Generation.objects.filter(IS_WAITING, participant=OuterRef("participant")).filter(
        Q(position__lt=OuterRef("position")) | Q(position=OuterRef("position"), take__lt=OuterRef("take"))
    )
    waited = Case(When(Exists(earlier), then=0.0), default=_turns_waited("participant"))
    turn = (_served("participant") + Cast(place, FloatField())) / Cast("participant__cohort__weight", FloatField())
    return Generation.objects.filter(IS_WAITING).annotate(turn=turn - waited).order_by("turn", "created_at", "id")


def lines_of() -> QuerySet[Participant, tuple[UUID, float, int, float, UUID, int, int | None]]:
    """Of everybody who waits, at a cap or not: their id, what they were served, their weight and their first turn; and
    their cohort with its caps, on each of them and on all together.
    """
    first = Generation.objects.filter(IS_WAITING, participant=OuterRef("pk")).order_by("position", "take")
    heads = Participant.objects.filter(generations__pk=Subquery(first.values("pk")[:1])).annotate(served=_served("pk"))
    turn = (F("served") + 1.0) / Cast("cohort__weight", FloatField()) - _turns_waited("pk", "generations__")
    return heads.annotate(turn=turn).values_list(
        *("pk", "served", "cohort__weight", "turn"),
        *("cohort", "cohort__max_running", "cohort__max_running_together"),
    )


def warm_first(heads: Sequence[Participant], loaded: Iterable[str]) -> list[Participant]:
    """`heads` in the order in which a worker tries them: those of a loaded model first, as far as WARM_TURNS allows."""
    warm = set(loaded)
    if not warm or not heads:
        return list(heads)
    limit = heads[0].turn + WARM_TURNS  # type: ignore[attr-defined]
    return sorted(heads, key=lambda head: not (head.head_model in warm and head.turn <= limit))  # type: ignore[attr-defined]


# --- What is counted ---------------------------------------------------------------------------------------------


def _running(participant: str) -> QuerySet[Generation]:
    return Generation.objects.filter(participant=OuterRef(participant), state=GenerationState.RUNNING).order_by()


def _begun(participant: str) -> QuerySet[Generation]:
    begun = Generation.objects.filter(participant=OuterRef(participant), started_at__isnull=False).order_by()
    return begun.exclude(state=GenerationState.QUEUED)


def _served(participant: str) -> Combinable:
    # Two sets that never overlap, since each is found by an index of its own.
    lately = _begun(participant).exclude(state=GenerationState.RUNNING).filter(started_at__gte=now() - RECENT)
    return _count(_running(participant)) + _count(lately)


def _turns_waited(participant: str, its: str = "") -> Combinable:
    last_start = Subquery(_begun(participant).order_by("-started_at").values("started_at")[:1])
    submitted, resumed = f"{its}created_at", f"{its}resumed_at"
    waits_since = Greatest(submitted, Coalesce(resumed, submitted), Coalesce(last_start, submitted))
    return (now().timestamp() - UnixTime(waits_since)) / AGEING.total_seconds()


def _full_cohorts() -> QuerySet[Cohort]:
    """Those of which as many run together as may."""
    running = Generation.objects.filter(state=GenerationState.RUNNING, participant__cohort=OuterRef("pk")).order_by()
    counted = running.values("participant__cohort").annotate(count=Count("pk")).values("count")
    return Cohort.objects.filter(max_running_together__isnull=False, max_running_together__lte=Coalesce(counted, 0))


def _count(rows: QuerySet[Generation]) -> Coalesce:
    grouped = rows.values("participant").annotate(count=Count("pk")).values("count")
    return Coalesce(Cast(Subquery(grouped), FloatField()), 0.0)


class UnixTime(Func):
    """Seconds since 1970 of a time in the database."""

    arity = 1
    output_field = FloatField()

    def as_postgresql(self, compiler, connection, **context):  # type: ignore[no-untyped-def]
        template = "EXTRACT(EPOCH FROM %(expressions)s)::double precision"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_sqlite(self, compiler, connection, **context):  # type: ignore[no-untyped-def]
        return self.as_sql(
            compiler, connection, template="((julianday(%(expressions)s) - 2440587.5) * 86400)", **context
        )
