"""The simulation's rule is the queue's rule: plain Python, SQL and heaps agree on random small worlds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation import fairness
from generation.fairness import eligible_in_order, heads_in_order, warm_first
from generation.models import Generation
from generation.simulation import rule
from generation.simulation.lines import Artist, Lines, Take
from generation.simulation.rule import Limits, Row
from generation.states import GenerationState
from tests.factories import CohortFactory, GenerationFactory, ParticipantFactory, TermsVersionFactory

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
CLOSE = 1e-5  # turns: SQLite counts days in doubles
MODELS = ("sketch", "another")
# Minutes with odd seconds, so that few turns are equal.
moments = st.integers(0, 90 * 60)
rows = st.lists(
    st.tuples(
        st.integers(0, 3),  # whose
        st.sampled_from(MODELS),
        st.integers(-2, 4),  # position
        moments,  # created
        moments,  # started, so long after
        st.sampled_from(["queued", "queued", "queued", "requeued", "running", "ended"]),
        st.booleans(),  # held
    ),
    max_size=14,
)
people = st.lists(
    st.tuples(st.integers(1, 3), st.integers(1, 3), st.sampled_from([None, None, 1, 3])), min_size=4, max_size=4
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=people, drawn=rows, left_out=st.sampled_from([(), ("another",)]))
def test_the_twin_orders_as_the_database_does(monkeypatch, people, drawn, left_out):
    moment = START + timedelta(hours=2)
    monkeypatch.setattr(fairness, "now", lambda: moment)
    with transaction.atomic():
        TermsVersionFactory()
        twins, limits = _make(people, drawn)
        now = (moment - START).total_seconds()
        _same(
            [(head.head, head.turn) for head in heads_in_order(left_out=left_out)],
            rule.heads(twins, limits, moment=now, left_out=left_out),
        )
        _same([(row.pk, row.turn) for row in eligible_in_order()], rule.queue(twins, limits, moment=now))
        transaction.set_rollback(True)


def _make(people, drawn) -> tuple[list[Row], dict[object, Limits]]:
    """The same world twice: rows in the database, and rows of the twin."""
    artists, limits = [], {}
    for weight, most, together in people:
        cohort = CohortFactory(weight=weight, max_running=most, max_running_together=together)
        artist = ParticipantFactory(cohort=cohort, terms=False)
        artists.append(artist)
        limits[artist.pk] = Limits(cohort.pk, weight, most, together)
    twins = []
    for take, (whose, model, position, created, after, state, held) in enumerate(drawn, start=1):
        started = None if state == "queued" else min(created + after, 7200)
        stored = "queued" if state == "requeued" else state
        row = GenerationFactory(participant=artists[whose], take=take, position=position, model_key=model)
        twin = Row(
            id=row.pk,
            artist=artists[whose].pk,
            model=model,
            position=position,
            take=take,
            created=float(created),
            started=None if started is None else float(started),
            state=stored,
            is_held=held and stored == "queued",
        )
        twins.append(twin)
        Generation.objects.filter(pk=row.pk).update(
            created_at=START + timedelta(seconds=created),
            started_at=None if started is None else START + timedelta(seconds=started),
            state=GenerationState.CANCELLED if stored == "ended" else stored,
            finished_at=START + timedelta(hours=2) if stored == "ended" else None,
            held_at=START if twin.is_held else None,
        )
    return twins, limits


def _same(from_sql: list[tuple[object, float]], twins: list[rule.Head]) -> None:
    """The same rows with the same turns, in an order that differs at most among equal turns."""
    turns = {head.row.id: head.turn for head in twins}
    assert {pk for pk, _turn in from_sql} == set(turns)
    for pk, turn in from_sql:
        assert turn == pytest.approx(turns[pk], abs=CLOSE)
    ordered = [turns[pk] for pk, _turn in from_sql]
    assert all(first <= second + CLOSE for first, second in pairwise(ordered))


# --- Heaps ---------------------------------------------------------------------------------------------------------

LIMITS = (
    Limits("one", 1, 2),
    Limits("one", 1, 2),
    Limits("two", 2, 3, 4),
    Limits("two", 2, 3, 4),
    Limits("three", 3, 1),
)
POOLS = {"standard": ["a", "b"], "turbo": ["c"]}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_heaps_give_what_the_twin_says_at_each_claim(seed):
    """Long random days rather than drawn steps: what differs shows only after many starts."""
    dice = Random(seed)
    lines = Lines(POOLS)
    artists = [Artist(number, limits) for number, limits in enumerate(LIMITS)]
    takes: list[Take] = []
    running: list[Take] = []
    moment, ended = 0.0, set()
    for _step in range(150):
        # No whole seconds: never exactly at a limit, and no two turns that are equal but for the last bit.
        moment += dice.uniform(1, 240)
        what, model = dice.choice(("submit", "submit", "claim", "claim", "end", "end", "lose")), dice.choice("aabbc")
        pool = "turbo" if model == "c" else "standard"
        if what == "submit":
            takes.append(Take(len(takes), dice.choice(artists), model, pool, moment, 1.0))
            lines.submit(takes[-1])
        elif what == "claim":
            expected = _expected(takes, running, ended, pool, model, moment)
            claimed = lines.claim(pool, (model,), moment)
            assert (claimed and claimed.number) == expected
            if claimed:
                running.append(claimed)
        elif running:
            take = running.pop(dice.randrange(len(running)))
            if what == "end":
                ended.add(take.number)
                lines.end(take, moment)
            else:
                lines.give_back(take)


def _expected(takes, running, ended, pool, loaded, moment) -> int | None:
    states = dict.fromkeys(ended, "ended") | {take.number: "running" for take in running}
    rows = [
        Row(
            id=take.number,
            artist=take.artist.number,
            model=take.model,
            position=take.number,
            take=take.number,
            created=take.created,
            started=take.started,
            state=states.get(take.number, "queued"),
        )
        for take in takes
    ]
    left_out = [model for other, models in POOLS.items() if other != pool for model in models]
    heads = rule.heads(rows, dict(enumerate(LIMITS)), moment=moment, left_out=left_out)
    first = warm_first(heads, (loaded,))
    return first[0].row.id if first else None
