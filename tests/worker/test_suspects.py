"""Who took the worker down? What was only being stored is not asked; the rest is tried again by itself, elsewhere
first, and a second time in the same place only when there is no other: in a child, so that no place goes down twice.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models.functions import Now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.clock import now
from generation import services
from generation.models import Attempt, Generation, Worker
from generation.services import attempts, claiming, faults
from generation.states import MAX_ATTEMPTS, FailureCode, WorkerState
from generation.worker import files
from generation.worker.place import take
from tests.worker.queue import is_balanced, submitted

pytestmark = pytest.mark.django_db
PROPERTY = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Place:
    """A worker's place on its machine, and the process that is in it now."""

    pids = count(1)

    def __init__(self, slot: str) -> None:
        self.slot = slot
        self.restart()

    def restart(self) -> None:
        self.worker = services.register_worker(name=f"{self.slot} {next(self.pids)}", slot=self.slot)
        self.storing: list[Attempt] = []

    def claim(self) -> Attempt | None:
        return services.claim_next(worker=self.worker)

    def store(self, attempt: Attempt) -> None:
        """It is decoded, and stays under way until `finish`."""
        attempts.note_decoded(attempt=attempt)
        self.storing.append(attempt)

    def finish(self) -> None:
        for attempt in self.storing:
            # As good an end as any: what is asked here is who runs, and not what comes of it.
            services.fail(attempt=attempt, code=FailureCode.ENCODE, error="")
        self.storing.clear()

    def die(self) -> None:
        """`kill -9`: the leases run out, the reaper comes by, and whoever started it starts it again."""
        mine = Attempt.objects.filter(worker=self.worker, state="running")
        mine.update(lease_expires_at=Now() - timedelta(seconds=1))
        services.reap()
        self.restart()


def state(generation: Generation) -> tuple[str, str]:
    generation.refresh_from_db()
    return generation.state, generation.failure_code


class TestBlame:
    def test_what_was_being_stored_is_no_suspect_and_what_was_rendering_is(self):
        place = Place("gpu")
        innocent, poison = submitted(), submitted()
        place.store(place.claim())
        assert place.claim().generation == poison
        place.die()
        assert [one.is_suspect for one in innocent.attempts.all()] == [False]
        assert [one.is_suspect for one in poison.attempts.all()] == [True]

    @pytest.mark.parametrize("first", [0, 1])
    def test_that_holds_in_whatever_order_the_leases_run_out(self, first):
        place = Place("gpu")
        submitted(), submitted()
        stored, rendered = place.claim(), place.claim()
        place.store(stored)
        # As they were renewed last: up to a third of a lease apart.
        soon = Now() + timedelta(seconds=5)
        Attempt.objects.filter(pk__in=[stored.pk, rendered.pk]).update(lease_expires_at=soon)
        for attempt in (stored, rendered) if first == 0 else (rendered, stored):
            Attempt.objects.filter(pk=attempt.pk).update(lease_expires_at=Now() - timedelta(seconds=1))
            assert services.reap() == 1
        stored.refresh_from_db()
        rendered.refresh_from_db()
        assert (stored.is_suspect, rendered.is_suspect) == (False, True)

    def test_somebody_must_have_been_it(self):
        place, alone = Place("gpu"), submitted()
        place.store(place.claim())
        place.die()
        assert alone.attempts.get().is_suspect

    def test_a_bystander_that_is_lost_again_and_again_is_done_in_the_end(self):
        place, innocent = Place("gpu"), submitted()
        place.store(place.claim())
        for _ in range(MAX_ATTEMPTS + 1):
            poison = submitted()
            rendered = Attempt.objects.create(
                generation=poison, worker=place.worker, number=1, lease_expires_at=now() + timedelta(seconds=30)
            )
            Generation.objects.filter(pk=poison.pk).update(state="running", started_at=now())
            place.die()
            rendered.refresh_from_db()
            assert rendered.is_suspect
            Generation.objects.filter(pk=poison.pk).update(held_at=now())
            place.store(place.claim())
        assert state(innocent) == ("running", "")
        assert innocent.attempts.filter(state="lost", is_suspect=False).count() == MAX_ATTEMPTS + 1

    def test_a_hung_one_is_suspect_wherever_it_hangs(self):
        place, hung = Place("gpu"), submitted()
        place.store(place.claim())
        submitted()
        place.claim()
        services.abandon(attempt=hung.attempts.get())
        assert hung.attempts.get().is_suspect


class TestAlone:
    def test_what_was_lost_waits_until_nothing_else_is_under_way(self):
        place = Place("gpu")
        lost = submitted()
        place.claim()
        place.die()
        before = submitted(lost.participant)
        Generation.objects.filter(pk=before.pk).update(position=-1)
        place.store(place.claim())
        assert before.attempts.exists()
        assert place.claim() is None
        assert claiming.next_in_line(worker=place.worker) is None
        place.finish()
        assert place.claim().generation == lost

    def test_nothing_else_is_begun_beside_it_or_before_it_is_stored(self):
        place = Place("gpu")
        lost = submitted()
        place.claim()
        place.die()
        submitted()
        again = place.claim()
        assert again.generation == lost
        assert place.claim() is None
        assert claiming.next_in_line(worker=place.worker) is None
        place.store(again)
        assert place.claim() is None
        place.finish()
        assert place.claim() is not None

    def test_another_place_is_not_held_up_by_it(self):
        first, second = Place("a"), Place("b")
        lost, other = submitted(), submitted()
        first.claim()
        first.die()
        assert second.claim().generation == lost
        assert first.claim().generation == other


class TestPlace:
    def test_a_restarted_process_is_the_worker_that_it_was(self):
        first, second = Place("a"), Place("b")
        poison = submitted()
        first.claim()
        first.die()
        assert first.claim() is None
        assert second.claim().generation == poison

    def test_in_a_single_place_it_is_tried_twice_and_no_third_time(self):
        place, poison = Place("gpu"), submitted()
        for _ in range(2):
            assert state(poison) == ("queued", "")
            assert place.claim().generation == poison
            place.die()
        assert state(poison) == ("failed", "worker_lost")
        assert is_balanced(poison)

    def test_with_two_places_it_ends_after_three(self):
        first, second = Place("a"), Place("b")
        poison = submitted()
        for place in (first, second, first):
            assert place.claim().generation == poison
            place.die()
        assert state(poison) == ("failed", "worker_lost")

    def test_who_took_it_twice_leaves_it_to_whoever_came_meanwhile(self):
        first, poison = Place("a"), submitted()
        first.claim()
        first.die()
        first.claim()
        second = Place("b")
        first.die()
        assert state(poison) == ("queued", "")
        assert first.claim() is None
        services.retire_worker(worker=second.worker)
        assert first.claim() is None
        second.restart()
        assert second.claim().generation == poison

    def test_what_was_ever_lost_in_a_place_goes_into_a_child_there_whoever_was_blamed(self):
        first, second = Place("a"), Place("b")
        submitted(), submitted()
        stored, rendered = first.claim(), first.claim()
        assert not faults.was_lost_here(stored)
        first.store(stored)
        first.die()
        stored.refresh_from_db()
        assert not stored.is_suspect
        again = first.claim()
        assert again.generation == stored.generation
        assert faults.was_lost_here(again)
        elsewhere = second.claim()
        assert elsewhere.generation == rendered.generation
        assert not faults.was_lost_here(elsewhere)

    def test_maintenance_and_faults_go_with_the_place(self):
        place = Place("gpu")
        services.workers.move_worker(
            actor=services.workers.WORKERS, worker=place.worker, state=WorkerState.MAINTENANCE, reason="a fan"
        )
        place.restart()
        assert place.worker.state == WorkerState.MAINTENANCE
        assert Worker.objects.filter(stopped_at__isnull=True).count() == 1


def test_a_number_is_free_again_when_its_process_is_gone(tmp_path: Path):
    one, two = take(tmp_path, "machine"), take(tmp_path, "machine")
    assert (one[1], two[1]) == (1, 2)
    other = take(tmp_path, "another")
    assert other[1] == 1
    os.close(one[0])  # as the kernel does
    again = take(tmp_path, "machine")
    assert again[1] == 1
    for lock in (two, other, again):
        os.close(lock[0])


def test_however_many_participants_stand_in_front_with_what_it_may_not_have_the_next_one_is_served(monkeypatch):
    """A claim looks at so many heads; those that are kept from the worker are none of them."""
    monkeypatch.setattr(claiming, "TRIED", 3)
    first = Place("a")
    Place("b")
    for number in range(5):
        submitted()
        assert first.claim() is not None, number
        first.die()
    behind = submitted()
    assert first.claim().generation == behind


@PROPERTY
@given(
    poisons=st.lists(st.booleans(), min_size=1, max_size=4),
    places=st.integers(1, 3),
    turns=st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=10),
)
def test_poison_ends_innocents_do_not_and_no_place_goes_down_twice(poisons, places, turns):
    with transaction.atomic():
        there = [Place(f"place {number}") for number in range(places)]
        asked = {submitted(): is_poison for is_poison in poisons}
        deaths: Counter[tuple[object, str]] = Counter()
        downs: Counter[tuple[object, str]] = Counter()  # of the worker itself
        # Some in the order that was drawn, then all in turn until nothing is left to do.
        for number, stores in [*turns, *((step, True) for step in range(40 * places))]:
            place = there[number % places]
            attempt = place.claim()
            if attempt is None:
                place.finish()
                if not Generation.objects.filter(state__in=["queued", "running"]).exists():
                    break
            elif asked[attempt.generation]:
                culprit = attempt.generation
                if deaths[culprit.pk, place.slot]:
                    assert not place.storing, "a second time only by itself"
                    others = {other.slot for other in there if not deaths[culprit.pk, other.slot]}
                    assert not others, "another one was there"
                if faults.was_lost_here(attempt):
                    services.abandon(attempt=attempt)  # it was in a child
                else:
                    place.die()
                    downs[culprit.pk, place.slot] += 1
                deaths[culprit.pk, place.slot] += 1
            else:
                place.finish()
                place.store(attempt)
                if not stores:
                    continue
                place.finish()
        for generation, is_poison in asked.items():
            lost = generation.attempts.filter(state="lost", is_suspect=True).count()
            assert state(generation) == ("failed", "worker_lost" if is_poison else "encode_error")
            assert lost == ((2 if places == 1 else 3) if is_poison else 0)
        assert max(deaths.values(), default=0) <= 2
        assert max(downs.values(), default=0) <= 1
        transaction.set_rollback(True)


def test_what_only_a_worker_that_left_could_try_does_not_wait_for_ever():
    """Lost twice in one place while another was there; then that one goes for good."""
    first, other = Place("here"), Place("there")
    generation = submitted()
    for _ in range(2):
        other.worker = services.register_worker(name="late", slot="there")
        Worker.objects.filter(slot="there").update(last_seen_at=now() - timedelta(days=1))
        assert first.claim() is not None
        Worker.objects.filter(slot="there").update(last_seen_at=now())
        first.die()
    assert state(generation)[0] == "queued"
    assert first.claim() is None
    Worker.objects.filter(slot="there").update(last_seen_at=now() - timedelta(days=1))
    attempts.reap()
    assert state(generation)[0] == "queued", "a worker that restarts has the time to come back"
    Attempt.objects.update(ended_at=now() - attempts.COMES_BACK)
    attempts.reap()
    assert state(generation) == ("failed", "worker_lost")
    assert is_balanced(generation)


@pytest.mark.django_db(transaction=True)
def test_the_worker_says_when_all_frames_are_there(process, monkeypatch):
    decoded: list[bool] = []
    store = files.store

    def look_and_store(*arguments, **keywords):
        decoded.append(Attempt.objects.get().is_decoded)
        return store(*arguments, **keywords)

    monkeypatch.setattr(files, "store", look_and_store)
    generation = submitted(model_key="fake")
    process.answer()
    assert state(generation) == ("completed", "")
    assert set(decoded) == {True}


@pytest.mark.django_db(transaction=True)
def test_a_worker_takes_up_by_itself_what_had_to_wait_for_the_last_one(process, monkeypatch):
    """No doorbell rings when the one before is stored; the worker looks again."""
    lost = submitted(model_key="fake")
    doomed = services.register_worker(name="another place")
    services.abandon(attempt=services.claim_next(worker=doomed))
    before = submitted(lost.participant, model_key="fake")
    Generation.objects.filter(pk=before.pk).update(position=-1)
    held, store = threading.Event(), files.store

    def hold_and_store(*arguments, **keywords):
        # Until the worker has asked for more, and was given nothing.
        assert held.wait(30)
        return store(*arguments, **keywords)

    claim_next = claiming.claim_next

    def claim_and_tell(**arguments):
        attempt = claim_next(**arguments)
        if attempt is None:
            held.set()
        return attempt

    monkeypatch.setattr(files, "store", hold_and_store)
    monkeypatch.setattr(claiming, "claim_next", claim_and_tell)
    process.answer()
    assert (state(before), state(lost)) == (("completed", ""), ("completed", ""))
    assert is_balanced(lost)
