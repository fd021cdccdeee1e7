"""Many workers at one queue. Each race is shown to happen without its guard first, then to be over with it."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from generation import services
from generation.fairness import heads_in_order
from generation.models import Attempt
from generation.services import LeaseLost, attempts, claiming
from generation.worker.process import WorkerProcess
from tests.concurrency.threads import so_many
from tests.factories import CohortFactory, ParticipantFactory
from tests.worker.queue import is_balanced, ledger, stored_video, submitted
from videos.models import Video

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

CLAIMERS, GENERATIONS = 8, 40


def fill_the_queue(generations: int = GENERATIONS) -> None:
    cohort = CohortFactory()
    participants = [ParticipantFactory(cohort=cohort) for _ in range(4)]
    for number in range(generations):
        submitted(participants[number % len(participants)])


def drain(index: int) -> list[Attempt]:
    worker = services.register_worker(name=f"claimer {index}")
    mine = []
    while attempt := services.claim_next(worker=worker):
        mine.append(attempt)
    return mine


def test_without_the_guards_two_workers_claim_one_generation(monkeypatch):
    """Neither row lock nor compare-and-set: only the database's own constraint is left, and it is hit."""
    fill_the_queue()

    def overwrite(queryset: Any, *, expected: Any, changes: Any) -> bool:
        return queryset.update(**changes) == 1

    monkeypatch.setattr(claiming, "_skipping_locked", lambda waiting: waiting)
    monkeypatch.setattr(attempts, "compare_and_set", overwrite)
    results = so_many(CLAIMERS, drain)
    errors = [result for result in results if isinstance(result, Exception)]
    assert errors
    assert all(isinstance(error, IntegrityError) for error in errors), errors


def test_no_generation_is_claimed_twice():
    fill_the_queue()
    results = so_many(CLAIMERS, drain)
    assert not [result for result in results if isinstance(result, Exception)]
    claims = Counter(attempt.generation_id for mine in results for attempt in mine)
    assert len(claims) == GENERATIONS
    assert set(claims.values()) == {1}
    assert Attempt.objects.count() == GENERATIONS
    assert len({attempt.fencing_token for attempt in Attempt.objects.all()}) == GENERATIONS


def test_workers_do_not_wait_for_one_another():
    """A claim in the making holds one row; the next worker takes the next one instead of standing behind it."""
    fill_the_queue(2)
    holding, let_go = threading.Event(), threading.Event()

    def hold(index: int) -> Any:
        if index == 1:
            assert holding.wait(10)
            try:
                return services.claim_next(worker=services.register_worker(name="second"))
            finally:
                let_go.set()
        with transaction.atomic():
            # The audit chain's lock is taken by a whole claim, so only these rows are held here.
            first = claiming._lock_first([head.head for head in heads_in_order()])
            holding.set()
            assert let_go.wait(10)
            return first

    first, attempt = so_many(2, hold)
    assert isinstance(attempt, Attempt), attempt
    assert attempt.generation_id != first.pk


def test_the_same_doorbell_twice_is_one_attempt(monkeypatch):
    fill_the_queue(1)
    ran = []
    processes = [WorkerProcess(f"worker {number}") for number in range(2)]
    for process in processes:
        monkeypatch.setattr(process._runner, "run", ran.append)
    so_many(6, lambda index: processes[index % 2].answer())
    assert len(ran) == 1
    assert Attempt.objects.count() == 1


def test_of_two_who_complete_one_generation_the_one_with_the_live_token_wins(tmp_path):
    """A worker that was thought dead comes back at the moment when its successor is done."""
    generation = submitted()
    worker = services.register_worker(name="first")
    stale = services.claim_next(worker=worker)
    Attempt.objects.filter(pk=stale.pk).update(lease_expires_at=stale.started_at)
    services.reap()
    current = services.claim_next(worker=services.register_worker(name="second"))
    result = stored_video(tmp_path)
    by = [stale, current, stale, current]
    results = so_many(4, lambda index: services.complete(attempt=by[index], result=result))
    assert isinstance(results[0], LeaseLost)
    assert isinstance(results[2], LeaseLost)
    assert results[1] == results[3] == Video.objects.get()
    assert ledger(generation) == {"reserve": generation.price, "settle": generation.price}


def test_the_reaper_and_a_late_worker_do_not_both_have_their_way(tmp_path):
    for round_number in range(8):
        generation = submitted()
        attempt = services.claim_next(worker=services.register_worker(name="late"))
        Attempt.objects.filter(pk=attempt.pk).update(lease_expires_at=attempt.started_at)
        result = stored_video(tmp_path, prefix=f"attempts/{round_number}")
        moves = [lambda: services.complete(attempt=attempt, result=result), services.reap, services.reap]  # noqa: B023
        completed, *reaped = so_many(3, lambda index: moves[index]())  # noqa: B023
        generation.refresh_from_db()
        if isinstance(completed, Video):
            assert (generation.state, sum(reaped)) == ("completed", 0)
            assert is_balanced(generation)
        else:
            assert isinstance(completed, LeaseLost), completed
            assert (generation.state, sum(reaped)) == ("queued", 1)
            services.cancel(actor=generation.participant.user, generation=generation)
