"""The place in the queue and the expected wait, from what was measured and who is at work."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.utils import timezone

from common.actors import System
from generation import selectors
from generation.fairness import eligible_in_order
from generation.models import Attempt, Generation, Worker
from generation.selectors import QueuePlace, for_participant, queue_view
from generation.states import AttemptState, GenerationState, WorkerState
from quotas import services as quotas
from tests.factories import CohortFactory, GenerationFactory, ParticipantFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return [ParticipantFactory() for _ in range(3)]


def a_worker(**fields):
    return Worker.objects.create(name="w", **({"last_seen_at": timezone.now()} | fields))


def an_attempt(worker, state=AttemptState.RUNNING, *, began: float, took: float | None = None, **generation):
    """An attempt that began so many seconds ago."""
    started = timezone.now() - timedelta(seconds=began)
    done = {"state": GenerationState.CANCELLED, "finished_at": timezone.now()}
    row = GenerationFactory(**((done if took is not None else {"state": GenerationState.RUNNING}) | generation))
    attempt = Attempt.objects.create(
        generation=row,
        number=1,
        worker=worker,
        state=state,
        lease_expires_at=timezone.now() + timedelta(seconds=30),
        ended_at=None if took is None else started + timedelta(seconds=took),
    )
    Attempt.objects.filter(pk=attempt.pk).update(started_at=started)


def measured(worker, *seconds, price=4, model="sketch"):
    for number in seconds:
        an_attempt(worker, AttemptState.COMPLETED, began=86400, took=number, price=price, model_key=model)


def test_nothing_waits_nothing_is_asked(django_assert_num_queries):
    running = GenerationFactory(state=GenerationState.RUNNING)
    with django_assert_num_queries(0):
        assert queue_view([]) == {}
        assert queue_view([running]) == {}


def test_places_count_in_the_fair_order(people):
    first, second = GenerationFactory(participant=people[0]), GenerationFactory(participant=people[0])
    other = GenerationFactory(participant=people[1])
    places = {pk: place.place for pk, place in queue_view([second, other, first]).items()}
    assert places == {first.pk: 1, other.pk: 2, second.pk: 3}


def test_only_those_asked_for_are_answered(people):
    first, other = GenerationFactory(participant=people[0]), GenerationFactory(participant=people[1])
    assert queue_view([other]) == {other.pk: QueuePlace(2, None)}
    assert first.pk not in queue_view([other])


def test_without_workers_nobody_knows(people):
    gone = a_worker(last_seen_at=timezone.now() - timedelta(minutes=2))
    stopped = a_worker(stopped_at=timezone.now())
    measured(gone, 8)
    measured(stopped, 8)
    waiting = GenerationFactory(participant=people[0])
    assert queue_view([waiting])[waiting.pk] == QueuePlace(1, None)


def test_an_idle_worker_takes_the_first_at_once_and_the_rest_one_after_another(people):
    measured(a_worker(), 6, 8, 100)  # for 4 credits: a median of 2 seconds a credit
    rows = [GenerationFactory(participant=one, price=price) for one, price in zip(people, (4, 10, 4), strict=True)]
    told = [queue_view(rows)[row.pk] for row in rows]
    assert [(place.place, place.expected_seconds) for place in told] == [(1, 0), (2, 8), (3, 28)]


def test_two_workers_share_the_queue(people):
    measured(a_worker(), 8)
    a_worker()
    rows = [GenerationFactory(participant=one, price=4) for one in people]
    assert [queue_view(rows)[row.pk].expected_seconds for row in rows] == [0, 0, 8]


def test_a_busy_worker_is_free_when_its_generation_is_due(people):
    worker = a_worker()
    measured(worker, 40)
    an_attempt(worker, began=10, price=4)
    waiting = GenerationFactory(participant=people[0])
    assert queue_view([waiting])[waiting.pk].expected_seconds == pytest.approx(30, abs=1)


def test_a_generation_that_is_overdue_is_expected_to_end_now(people):
    worker = a_worker()
    measured(worker, 4)
    an_attempt(worker, began=60, price=4)
    waiting = GenerationFactory(participant=people[0])
    assert queue_view([waiting])[waiting.pk].expected_seconds == 0


def test_whoever_stands_behind_an_unmeasured_model_is_told_nothing(people):
    measured(a_worker(), 8)
    known = GenerationFactory(participant=people[0], price=4)
    new = GenerationFactory(participant=people[1], model_key="new")
    behind = GenerationFactory(participant=people[2])
    waits = [queue_view([known, new, behind])[row.pk].expected_seconds for row in (known, new, behind)]
    assert waits == [0, 8, None]


def test_the_queries_do_not_grow(people, django_assert_num_queries):
    worker = a_worker()
    measured(worker, 8, 8)
    an_attempt(worker, began=1)
    rows = [GenerationFactory(participant=people[number % 3]) for number in range(12)]
    # 1. whether it is long  2. the queue in order  3. live workers  4. completed attempts  5. running attempts
    with django_assert_num_queries(5):
        assert len(queue_view(rows)) == 12


def test_what_is_held_has_no_place(people):
    held = GenerationFactory(participant=people[0], held_at=timezone.now())
    waiting = GenerationFactory(participant=people[1])
    assert queue_view([held, waiting]) == {waiting.pk: QueuePlace(1, None)}


def test_the_wait_is_a_range_as_wide_as_the_measured_times(people):
    measured(a_worker(), 4, 8, 8, 40)
    rows = [GenerationFactory(participant=one, price=4) for one in people]
    place = queue_view(rows)[rows[1].pk]
    assert (place.low_seconds, place.expected_seconds, place.high_seconds) == (
        6,
        8,
        16,
    )  # 7 is no narrower than 0.8 × 8
    first = queue_view(rows)[rows[0].pk]
    assert (first.low_seconds, first.expected_seconds, first.high_seconds) == (0, 0, 0)


def test_a_range_is_never_narrower_than_anybody_can_know(people):
    measured(a_worker(), 100)
    rows = [GenerationFactory(participant=one, price=4) for one in people]
    place = queue_view(rows)[rows[1].pk]
    assert (place.low_seconds, place.expected_seconds, place.high_seconds) == (80, 100, 125)


def test_only_workers_that_run_the_model_count(people):
    measured(a_worker(model_keys=["turbo"]), 8)
    measured(a_worker(model_keys=["turbo"]), 8, model="turbo")
    slow = GenerationFactory(participant=people[0], price=4)
    quick = [GenerationFactory(participant=one, price=4, model_key="turbo") for one in people[1:]]
    waits = [queue_view([slow, *quick])[row.pk].expected_seconds for row in (slow, *quick)]
    assert waits == [None, 0, 0]


def test_workers_out_of_service_do_not_count(people):
    measured(a_worker(state=WorkerState.MAINTENANCE), 8)
    waiting = GenerationFactory(participant=people[0])
    assert queue_view([waiting])[waiting.pk].expected_seconds is None


def test_a_cap_holds_back_its_own_participant_only(people):
    people[0].cohort.max_running = 1
    people[0].cohort.save()
    measured(a_worker(), 8)
    a_worker()
    mine = [GenerationFactory(participant=people[0], price=4) for _ in range(2)]
    other = GenerationFactory(participant=people[1], price=4)
    waits = [queue_view([*mine, other])[row.pk].expected_seconds for row in (*mine, other)]
    assert waits == [0, 8, 0]


def test_the_times_of_workers_at_work_go_before_those_of_others(people):
    measured(a_worker(stopped_at=timezone.now()), 1000, 1000)
    measured(a_worker(), 8)
    rows = [GenerationFactory(participant=one, price=4) for one in people]
    assert queue_view(rows)[rows[1].pk].expected_seconds == 8


class TestALongQueue:
    """The same places without reading the queue row by row."""

    @pytest.fixture
    def crowd(self):
        people = [ParticipantFactory(cohort=CohortFactory(weight=weight)) for weight in (1, 1, 2, 3)]
        for number, person in enumerate(people):
            for _take in range(2 + 3 * number):
                GenerationFactory(participant=person)
        began = timezone.now() - timedelta(minutes=4)
        for person in people[1:3]:
            GenerationFactory(participant=person, state=GenerationState.RUNNING, started_at=began)
        return list(Generation.objects.filter(state=GenerationState.QUEUED))

    def test_the_places_are_those_of_the_whole_order(self, crowd, monkeypatch):
        exact = {pk: place.place for pk, place in queue_view(crowd).items()}
        monkeypatch.setattr(selectors, "LONG", 3)
        summed = {pk: place.place for pk, place in queue_view(crowd).items()}
        # Equal turns go by age in the whole order, and share the first of their places here.
        turns = {row.pk: round(row.turn, 3) for row in eligible_in_order()}
        first = {}
        for pk, place in sorted(exact.items(), key=lambda item: item[1]):
            first.setdefault(turns[pk], place)
        assert summed.keys() == exact.keys()
        for pk, place in summed.items():
            assert first[turns[pk]] <= place <= exact[pk]

    def test_its_queries_do_not_grow_and_are_shared(self, crowd, monkeypatch, django_assert_num_queries):
        measured(a_worker(), 8)
        monkeypatch.setattr(selectors, "LONG", 3)
        # 1. whether it is long  2.-4. who works  5. what waits  6. turns  7. one's own that wait
        with django_assert_num_queries(7):
            queue_view(crowd)
        with django_assert_num_queries(2):
            place = queue_view(crowd[-1:])[crowd[-1].pk]
        assert place.low_seconds < place.expected_seconds < place.high_seconds

    def test_a_newcomer_has_the_same_place_at_once_as_when_the_sum_is_made_again(
        self, crowd, monkeypatch, django_assert_num_queries
    ):
        measured(a_worker(), 8)
        monkeypatch.setattr(selectors, "LONG", 3)
        queue_view(crowd)
        newcomer = ParticipantFactory()
        theirs = [GenerationFactory(participant=newcomer) for _ in range(3)]
        # 1. whether it is long  2. one's own that wait  3. a newcomer's turn
        with django_assert_num_queries(3):
            at_once = queue_view([*theirs, *crowd])
        cache.clear()
        assert at_once.keys() == {one.pk for one in (*theirs, *crowd)}
        later = queue_view(theirs)
        assert [at_once[one.pk] for one in theirs] == [later[one.pk] for one in theirs]
        assert [later[one.pk].place for one in theirs] == sorted({later[one.pk].place for one in theirs})
        assert later[theirs[2].pk].low_seconds < later[theirs[2].pk].high_seconds


def test_a_participant_sees_their_own_newest_first_with_what_came_back(people, django_assert_num_queries):
    actor = System("test")
    mine = [GenerationFactory(participant=people[0]) for _ in range(2)]
    GenerationFactory(participant=people[1])
    quotas.reserve(actor=actor, participant=people[0], reservation=mine[0].pk, credits=4)
    quotas.settle(actor=actor, reservation=mine[0].pk, credits=1)
    quotas.reserve(actor=actor, participant=people[0], reservation=mine[1].pk, credits=4)
    quotas.reserve(actor=actor, participant=people[0], reservation=uuid4(), credits=4)
    with django_assert_num_queries(1):
        rows = {row.pk: row.refund for row in for_participant(people[0])}
    assert rows == {mine[0].pk: 3, mine[1].pk: 0}
    assert Generation.objects.count() == 3
