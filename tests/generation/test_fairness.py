"""The queue's order: round robin by weight, first come first served within a participant, nobody starves."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation import fairness
from generation.fairness import AGEING, RECENT, WARM_TURNS, eligible_in_order, heads_in_order, warm_first
from generation.models import Generation
from generation.states import GenerationState
from tests.factories import CohortFactory, GenerationFactory, ParticipantFactory, TermsVersionFactory

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Studio:
    """A queue with a clock that the test moves; names stand for participants."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment = START
        monkeypatch.setattr(fairness, "now", lambda: self.moment)
        self.people: dict[str, object] = {}
        self.takes: Counter[str] = Counter()

    def join(self, name: str, weight: int = 1, **limits: int) -> None:
        cohort = CohortFactory(weight=weight, **limits)
        self.people[name] = ParticipantFactory(public_name=name, cohort=cohort, terms=False)

    def wait(self, **duration: float) -> None:
        self.moment += timedelta(**duration)

    def submit(self, *names: str, **fields: object) -> None:
        for name in names:
            if name not in self.people:
                self.join(name)
            self.takes[name] += 1
            row = GenerationFactory(participant=self.people[name], take=self.takes[name], **fields)
            Generation.objects.filter(pk=row.pk).update(created_at=self.moment)

    def order(self) -> list[str]:
        return [f"{row.participant.public_name}{row.take}" for row in self.rows()]

    def rows(self):
        return list(eligible_in_order().select_related("participant"))

    def heads(self, *loaded: str, **limits: object) -> list[str]:
        """What a worker's claim tries, in its order."""
        heads = warm_first(list(heads_in_order(**limits)), loaded)
        takes = {row.pk: row.take for row in Generation.objects.all()}
        return [f"{head.public_name}{takes[head.head]}" for head in heads]

    def start(self, *loaded: str) -> str | None:
        """What a worker's claim does."""
        heads = warm_first(list(heads_in_order()), loaded)
        if not heads:
            return None
        first = Generation.objects.filter(pk=heads[0].head)
        first.update(state=GenerationState.RUNNING, started_at=self.moment)
        return f"{heads[0].public_name}{first.get().take}"

    def finish_all(self) -> None:
        Generation.objects.filter(state=GenerationState.RUNNING).update(
            state=GenerationState.CANCELLED, finished_at=self.moment
        )


@pytest.fixture
def studio(monkeypatch):
    return Studio(monkeypatch)


def test_an_empty_queue_has_no_order(studio):
    assert studio.order() == []


def test_one_participant_is_served_in_the_order_of_takes(studio):
    studio.submit("a", "a", "a")
    assert studio.order() == ["a1", "a2", "a3"]


def test_participants_take_turns(studio):
    studio.submit("a", "a", "a", "b", "b", "c")
    assert [name[0] for name in studio.order()] == ["a", "b", "c", "a", "b", "a"]


def test_a_flood_does_not_delay_others(studio):
    studio.submit(*["a"] * 20)
    studio.wait(hours=3)
    studio.submit("b")
    assert studio.order()[:3] == ["a1", "b1", "a2"]


def test_whoever_was_served_lately_lets_others_go_first(studio):
    studio.submit("a", "a")
    assert studio.start() == "a1"
    studio.submit("b")
    assert studio.order() == ["b1", "a2"]


def test_what_still_runs_counts_however_long_ago_it_started(studio):
    studio.submit("a", "a")
    studio.start()
    studio.wait(hours=2)
    studio.submit("b", "c")
    before = {row.participant.public_name: row.turn for row in studio.rows()}
    studio.finish_all()
    after = {row.participant.public_name: row.turn for row in studio.rows()}
    assert before["a"] - after["a"] == pytest.approx(1)
    assert before["b"] == after["b"]


def test_a_start_is_forgotten_after_a_while(studio):
    studio.submit("a", "a", "a")
    studio.start()
    studio.finish_all()
    second = studio.rows()[1].turn
    studio.wait(seconds=RECENT.total_seconds() + 1)
    assert second - studio.rows()[1].turn == 1


def test_a_cohort_of_weight_two_gets_two_turns_for_one(studio):
    studio.join("h", weight=2)
    studio.submit(*"hhhhhh", *"lll")
    served = [studio.start()[0] for _ in range(6)]
    assert Counter(served) == {"h": 4, "l": 2}


def test_a_long_wait_beats_a_heavier_cohort(studio):
    studio.join("h", weight=10)
    studio.submit("l")
    studio.wait(seconds=AGEING.total_seconds())
    studio.submit("h")
    assert studio.order() == ["l1", "h1"]


def test_a_generation_whose_worker_was_lost_keeps_its_place(studio):
    studio.submit("a", "b")
    studio.start()
    studio.wait(minutes=1)
    Generation.objects.filter(state=GenerationState.RUNNING).update(state=GenerationState.QUEUED)
    assert studio.order() == ["a1", "b1"]


def test_only_what_waits_is_eligible(studio):
    studio.submit("a", "b", "c")
    studio.start()
    studio.finish_all()
    studio.start()
    assert studio.order() == ["c1"]


def test_the_head_of_each_participant_is_the_first_of_theirs_in_the_whole_order(studio):
    studio.submit(*"aaabbc")
    studio.wait(minutes=3)
    studio.submit(*"dab")
    assert studio.heads() == [name for name in studio.order() if name[1] == "1"]


def test_what_is_held_is_not_in_the_queue(studio):
    studio.submit(*"aab")
    Generation.objects.filter(take=1, participant=studio.people["a"]).update(held_at=START)
    assert studio.order() == studio.heads() == ["a2", "b1"]


def test_the_artists_own_order_goes_before_that_of_the_takes(studio):
    studio.submit(*"aaab")
    Generation.objects.filter(take=3, participant=studio.people["a"]).update(position=0)
    assert [name for name in studio.order() if name[0] == "a"] == ["a3", "a1", "a2"]
    assert studio.start() == "a3"


def test_whoever_renders_as_many_as_they_may_waits(studio):
    studio.join("a", max_running=2)
    studio.submit(*"aaaa")
    assert [studio.start(), studio.start(), studio.start()] == ["a1", "a2", None]
    studio.submit("b")
    assert studio.heads() == ["b1"]
    studio.finish_all()
    assert studio.heads() == ["b1", "a3"]


def test_a_cohort_may_have_a_cap_together(studio):
    studio.join("a", max_running_together=2)
    studio.people["b"] = ParticipantFactory(public_name="b", cohort=studio.people["a"].cohort)
    studio.submit(*"aabbc")
    assert sorted([studio.start(), studio.start(), studio.start()]) == ["a1", "b1", "c1"]
    assert studio.start() is None
    assert studio.order() == ["a2", "b2"]


def test_a_model_that_is_left_out_gives_way_to_the_next_of_the_same_person(studio):
    studio.submit("a", model_key="turbo")
    studio.submit("a", "b")
    studio.submit("c", model_key="turbo")
    assert studio.heads(left_out={"turbo"}) == ["a2", "b1"]
    assert studio.heads(switched=~Q(model_key="sketch")) == ["a1", "c1"]
    cohort = studio.people["a"].cohort
    assert studio.heads(switched=~Q(model_key="turbo", participant__cohort__in=[cohort.pk])) == ["a2", "b1", "c1"]


def test_a_warm_model_goes_first_among_equals_and_no_further(studio):
    studio.submit("a", "b")
    studio.submit("c", model_key="turbo")
    assert studio.heads("turbo", "another") == ["c1", "a1", "b1"]
    assert studio.heads("another") == ["a1", "b1", "c1"]
    studio.start("turbo")
    studio.submit("c", model_key="turbo")
    assert studio.heads("turbo") == ["a1", "b1", "c2"]


def test_its_rows_can_be_locked(studio):
    studio.submit("a", "b")
    rows = heads_in_order()
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(of=("self",), skip_locked=True)
    with transaction.atomic():
        assert rows.first().public_name == "a"


def test_each_is_one_query(studio, django_assert_num_queries):
    studio.submit(*"aabbcc")
    with django_assert_num_queries(1):
        list(eligible_in_order())
    with django_assert_num_queries(1):
        list(heads_in_order(left_out={"turbo"}, switched=~Q(model_key="turbo")))


# --- Properties --------------------------------------------------------------------------------------------------

NAMES = "abcd"
PROPERTY = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# Of days, each of which is played from one newcomer to the next: each example is some sixty generations.
DAYS = settings(PROPERTY, max_examples=12)
submissions = st.lists(st.sampled_from(NAMES), min_size=1, max_size=14)
weights = st.tuples(*[st.integers(1, 4)] * len(NAMES))
pauses = st.lists(st.integers(0, 1800), min_size=14, max_size=14)


def fresh(monkeypatch, weight_of) -> Studio:
    TermsVersionFactory()
    studio = Studio(monkeypatch)
    for name, weight in zip(NAMES, weight_of, strict=True):
        studio.join(name, weight)
    return studio


@PROPERTY
@given(names=submissions, weight_of=weights, pause=pauses)
def test_each_participant_is_always_first_come_first_served(monkeypatch, names, weight_of, pause):
    with transaction.atomic():
        studio = fresh(monkeypatch, weight_of)
        for name, seconds in zip(names, pause, strict=False):
            studio.submit(name)
            studio.wait(seconds=seconds)
        served = [studio.start() for _ in names]
        for name in NAMES:
            takes = [int(item[1:]) for item in served if item and item[0] == name]
            assert takes == sorted(takes) == list(range(1, names.count(name) + 1))
        transaction.set_rollback(True)


@PROPERTY
@given(names=submissions, weight_of=weights, pause=pauses)
def test_the_order_of_now_is_the_order_of_service(monkeypatch, names, weight_of, pause):
    with transaction.atomic():
        studio = fresh(monkeypatch, weight_of)
        for name, seconds in zip(names, pause, strict=False):
            studio.submit(name)
            studio.wait(seconds=seconds)
        promised = studio.order()
        assert [studio.start() for _ in names] == promised
        transaction.set_rollback(True)


@PROPERTY
@given(flood=st.integers(1, 12), others=st.integers(1, 3), waited=st.integers(0, 7200), started=st.integers(0, 3))
def test_a_flood_never_puts_more_than_one_ahead_of_a_newcomer(monkeypatch, flood, others, waited, started):
    with transaction.atomic():
        studio = fresh(monkeypatch, (1, 1, 1, 1))
        studio.submit(*"a" * flood)
        for _ in range(min(started, flood)):
            studio.start()
        studio.wait(seconds=waited)
        newcomers = NAMES[1 : 1 + others]
        studio.submit(*newcomers)
        order = studio.order()
        for name in newcomers:
            ahead = order[: order.index(f"{name}1")]
            assert sum(item[0] == "a" for item in ahead) <= 1
        transaction.set_rollback(True)


@DAYS
@given(
    heavy=st.integers(2, 20),
    minutes=st.integers(1, 5),
    served_before=st.integers(0, 4),
)
def test_nobody_starves_behind_an_endless_stream_of_heavier_newcomers(monkeypatch, heavy, minutes, served_before):
    """One worker, always busy; every time it is free, one more newcomer of a heavier cohort has come."""
    with transaction.atomic():
        studio = fresh(monkeypatch, (1, 1, 1, 1))
        studio.submit(*"a" * served_before)
        for _ in range(served_before):
            studio.start()
            studio.finish_all()
        studio.submit("a")
        mine, waited = f"a{served_before + 1}", timedelta()
        # Ahead by at most served + 1 turns, hence for at most so many times AGEING, and one generation.
        limit = (served_before + 1) * AGEING + timedelta(minutes=2 * minutes)
        for number in range(200):
            newcomer = f"n{number}-"
            studio.join(newcomer, weight=heavy)
            studio.submit(newcomer)
            if studio.start() == mine:
                break
            studio.wait(minutes=minutes)
            waited += timedelta(minutes=minutes)
            studio.finish_all()
        else:
            pytest.fail("never served")
        assert waited <= limit
        transaction.set_rollback(True)


@PROPERTY
@given(
    arrivals=st.lists(st.tuples(st.sampled_from(NAMES), st.booleans(), st.integers(0, 900)), min_size=2, max_size=14),
    weight_of=weights,
)
def test_a_warm_model_is_never_preferred_by_more_than_its_bound(monkeypatch, arrivals, weight_of):
    """Random arrivals, a worker that always has the turbo model warm: whoever is passed is passed by somebody who
    stands at most WARM_TURNS behind them, hence by nobody who comes more than that much waiting later.
    """
    with transaction.atomic():
        studio = fresh(monkeypatch, weight_of)
        for name, is_turbo, seconds in arrivals:
            studio.submit(name, model_key="turbo" if is_turbo else "sketch")
            studio.wait(seconds=seconds)
            heads = list(heads_in_order())
            passed_by = warm_first(heads, ["turbo"])[0]
            for place, head in enumerate(heads):
                if head.pk == passed_by.pk:
                    assert place == 0 or head.head_model == "turbo"
                    break
                assert 0 <= passed_by.turn - head.turn <= WARM_TURNS
            if seconds % 2:
                studio.start("turbo")
        served = [studio.start("turbo") for _ in range(len(arrivals) + 1)]
        assert served[-1] is None
        transaction.set_rollback(True)


@DAYS
@given(minutes=st.integers(1, 5), served_before=st.integers(0, 3), heavy=st.integers(1, 20))
def test_nobody_starves_behind_an_endless_stream_for_a_warm_model(monkeypatch, minutes, served_before, heavy):
    """One worker whose warm model is everybody's but mine; a newcomer for it has come whenever it is free."""
    with transaction.atomic():
        studio = fresh(monkeypatch, (1, 1, 1, 1))
        studio.submit(*"a" * served_before)
        for _ in range(served_before):
            studio.start()
            studio.finish_all()
        studio.submit("a")
        mine, waited = f"a{served_before + 1}", timedelta()
        # The bound without the preference, and WARM_TURNS more.
        limit = (served_before + 1 + WARM_TURNS) * AGEING + timedelta(minutes=2 * minutes)
        for number in range(200):
            newcomer = f"n{number}-"
            studio.join(newcomer, weight=heavy)
            studio.submit(newcomer, model_key="turbo")
            if studio.start("turbo") == mine:
                break
            studio.wait(minutes=minutes)
            waited += timedelta(minutes=minutes)
            studio.finish_all()
        else:
            pytest.fail("never served")
        assert waited <= limit
        transaction.set_rollback(True)
