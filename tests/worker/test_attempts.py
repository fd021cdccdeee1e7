"""The services that workers and the reaper call, one transition at a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from audit.models import AuditEvent
from common.actors import System
from generation import services
from generation.models import Attempt, Generation, Worker
from generation.services import CancelRequested, LeaseLost
from generation.states import MAX_ATTEMPTS, AttemptState, FailureCode
from notifications.models import Notification
from tests.worker.queue import is_balanced, ledger, stored_video, submitted
from videos.models import Video

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> Worker:
    return services.register_worker(name="test 1")


def expire(attempt: Attempt) -> None:
    Attempt.objects.filter(pk=attempt.pk).update(lease_expires_at=Now() - timedelta(seconds=1))


def events(generation: Generation) -> list[tuple[str, str, str]]:
    rows = AuditEvent.objects.filter(target_id=str(generation.pk)).order_by("id")
    return list(rows.values_list("action", "from_state", "to_state"))


def cancel(generation: Generation) -> None:
    services.cancel(actor=generation.participant.user, generation=generation)


class TestClaim:
    def test_an_empty_queue_has_nothing_to_claim(self, worker):
        assert services.claim_next(worker=worker) is None

    def test_a_claim_starts_the_generation_under_a_lease(self, worker, settings):
        generation = submitted()
        attempt = services.claim_next(worker=worker)
        assert (attempt.generation_id, attempt.number, attempt.state) == (generation.pk, 1, AttemptState.RUNNING)
        assert 0 < (attempt.lease_expires_at - attempt.started_at).total_seconds() <= settings.LEASE_SECONDS + 1
        generation.refresh_from_db()
        assert generation.state == "running"
        assert generation.started_at is not None
        assert events(generation)[-1] == ("generation.started", "queued", "running")

    def test_what_runs_is_not_claimed_again(self, worker):
        submitted()
        assert services.claim_next(worker=worker)
        assert services.claim_next(worker=worker) is None

    def test_what_was_cancelled_in_the_queue_is_not_claimed(self, worker):
        cancel(submitted())
        assert services.claim_next(worker=worker) is None


class TestLease:
    def test_renewing_moves_the_end(self, worker):
        submitted()
        attempt = services.claim_next(worker=worker)
        soon = Now() + timedelta(seconds=2)
        Attempt.objects.filter(pk=attempt.pk).update(lease_expires_at=soon)
        services.renew_lease(attempt=attempt)
        before = attempt.lease_expires_at
        attempt.refresh_from_db()
        assert attempt.lease_expires_at >= before

    def test_an_expired_lease_cannot_be_renewed(self, worker):
        submitted()
        attempt = services.claim_next(worker=worker)
        expire(attempt)
        with pytest.raises(LeaseLost):
            services.renew_lease(attempt=attempt)

    def test_an_ended_attempt_has_lost_its_lease(self, worker):
        submitted()
        attempt = services.claim_next(worker=worker)
        services.give_back(attempt=attempt)
        for question in (services.check, services.renew_lease):
            with pytest.raises(LeaseLost):
                question(attempt=attempt)

    def test_a_cancel_is_noticed_and_the_lease_is_kept_meanwhile(self, worker):
        generation = submitted()
        attempt = services.claim_next(worker=worker)
        cancel(generation)
        for question in (services.check, services.renew_lease):
            with pytest.raises(CancelRequested):
                question(attempt=attempt)
        assert services.reap() == 0


class TestCompletion:
    def test_it_becomes_a_private_video_and_is_charged_once(self, worker, tmp_path):
        generation = submitted()
        attempt = services.claim_next(worker=worker)
        attempt.timings, attempt.settings = {"denoise": 1.5}, {"steps": 6}
        video = services.complete(attempt=attempt, result=stored_video(tmp_path))
        generation.refresh_from_db()
        attempt.refresh_from_db()
        assert (generation.state, generation.video, video.enforcement) == ("completed", video, "private")
        assert video.owner == generation.participant.user
        assert (attempt.state, attempt.timings, attempt.settings) == ("completed", {"denoise": 1.5}, {"steps": 6})
        assert ledger(generation) == {"reserve": generation.price, "settle": generation.price}
        assert events(generation)[-1] == ("generation.completed", "running", "completed")
        told = Notification.objects.get(recipient=video.owner)
        assert (told.kind, told.path) == ("generation.completed", f"/videos/{video.pk}/")

    def test_completing_again_answers_the_same_video(self, worker, tmp_path):
        generation = submitted()
        attempt = services.claim_next(worker=worker)
        result = stored_video(tmp_path)
        assert services.complete(attempt=attempt, result=result) == services.complete(attempt=attempt, result=result)
        assert Video.objects.count() == 1
        assert len(events(generation)) == 3

    def test_a_stale_attempt_cannot_complete(self, worker, tmp_path):
        generation = submitted()
        stale = services.claim_next(worker=worker)
        expire(stale)
        services.reap()
        current = services.claim_next(worker=worker)
        with pytest.raises(LeaseLost):
            services.complete(attempt=stale, result=stored_video(tmp_path))
        assert not Video.objects.exists()
        services.complete(attempt=current, result=stored_video(tmp_path))
        with pytest.raises(LeaseLost):
            services.complete(attempt=stale, result=stored_video(tmp_path))
        assert is_balanced(generation)
        assert Video.objects.count() == 1

    def test_the_right_attempt_with_another_fencing_token_is_refused(self, worker, tmp_path):
        submitted()
        attempt = services.claim_next(worker=worker)
        attempt.fencing_token = attempt.pk
        with pytest.raises(LeaseLost):
            services.complete(attempt=attempt, result=stored_video(tmp_path))

    def test_a_cancel_that_came_first_wins(self, worker, tmp_path):
        generation = submitted()
        attempt = services.claim_next(worker=worker)
        cancel(generation)
        with pytest.raises(CancelRequested):
            services.complete(attempt=attempt, result=stored_video(tmp_path))
        assert not Video.objects.exists()
        assert ledger(generation) == {"reserve": generation.price}
        attempt.refresh_from_db()
        assert attempt.state == "running"


class TestFailure:
    def test_it_says_why_and_gives_every_credit_back(self, worker):
        generation = submitted()
        attempt = services.claim_next(worker=worker)
        services.fail(attempt=attempt, code=FailureCode.OUT_OF_MEMORY, error="MemoryError at engine.py:3 in render")
        generation.refresh_from_db()
        attempt.refresh_from_db()
        assert (generation.state, generation.failure_code) == ("failed", "out_of_memory")
        assert (attempt.state, attempt.error) == ("failed", "MemoryError at engine.py:3 in render")
        assert ledger(generation) == {"reserve": generation.price, "release": generation.price}
        assert events(generation)[-1] == ("generation.failed", "running", "failed")
        told = Notification.objects.get(recipient=generation.participant.user)
        assert "ran out of memory" in told.body
        assert "Another model may need less memory" in told.body
        assert "Nothing was charged" in told.body
        assert generation.prompt not in told.body + told.subject

    def test_failing_twice_is_refused(self, worker):
        submitted()
        attempt = services.claim_next(worker=worker)
        services.fail(attempt=attempt, code=FailureCode.ENGINE, error="")
        with pytest.raises(LeaseLost):
            services.fail(attempt=attempt, code=FailureCode.ENGINE, error="")


class TestCancellation:
    @pytest.mark.parametrize(
        ("done", "total", "charged"), [(0, 6, 0), (1, 6, 0), (3, 6, 1), (5, 6, 1), (6, 6, 2), (9, 6, 2), (0, 0, 0)]
    )
    def test_the_share_that_ran_is_charged_and_the_rest_given_back(self, worker, done, total, charged):
        generation = submitted()
        assert generation.price == 2
        attempt = services.claim_next(worker=worker)
        cancel(generation)
        services.confirm_cancel(attempt=attempt, steps_done=done, steps_total=total)
        generation.refresh_from_db()
        assert generation.state == "cancelled"
        assert ledger(generation).get("settle", 0) == charged
        assert is_balanced(generation)
        assert events(generation)[-1] == ("generation.cancelled", "running", "cancelled")

    def test_a_cancel_ends_it_even_when_the_worker_stops_first(self, worker):
        generation = submitted()
        attempt = services.claim_next(worker=worker)
        cancel(generation)
        services.give_back(attempt=attempt)
        generation.refresh_from_db()
        assert generation.state == "cancelled"
        assert ledger(generation)["release"] == generation.price

    def test_a_cancel_of_a_dead_worker_is_ended_by_the_reaper(self, worker):
        generation = submitted()
        attempt = services.claim_next(worker=worker)
        cancel(generation)
        expire(attempt)
        assert services.reap() == 1
        generation.refresh_from_db()
        assert generation.state == "cancelled"
        assert ledger(generation) == {"reserve": generation.price, "release": generation.price}
        assert events(generation)[-1] == ("generation.cancelled", "running", "cancelled")
        assert AuditEvent.objects.latest("id").actor_id == "reaper"


class TestReturn:
    def test_it_goes_back_to_its_old_place_and_counts_as_no_loss(self, worker):
        first, second = submitted(), submitted()
        for number in range(1, MAX_ATTEMPTS + 3):
            attempt = services.claim_next(worker=worker)
            assert (attempt.generation_id, attempt.number) == (first.pk, number)
            services.give_back(attempt=attempt)
        first.refresh_from_db()
        assert first.state == "queued"
        assert events(first)[-1] == ("generation.returned", "running", "queued")
        assert second.state == "queued"


class TestReaper:
    def test_a_live_lease_is_left_alone(self, worker):
        submitted()
        services.claim_next(worker=worker)
        assert services.reap() == 0

    def test_a_lost_worker_means_another_try(self, worker):
        generation = submitted()
        attempt = services.claim_next(worker=worker)
        expire(attempt)
        assert services.reap() == 1
        assert services.reap() == 0
        generation.refresh_from_db()
        attempt.refresh_from_db()
        assert (generation.state, attempt.state) == ("queued", "lost")
        assert ledger(generation) == {"reserve": generation.price}
        assert events(generation)[-1] == ("generation.worker_lost", "running", "queued")
        assert services.claim_next(worker=worker).number == 2

    def test_the_third_loss_fails_it_and_costs_nothing(self):
        generation = submitted()
        workers = [services.register_worker(name=f"test {number}") for number in range(MAX_ATTEMPTS)]
        for worker in workers:
            expire(services.claim_next(worker=worker))
            assert services.reap() == 1
        generation.refresh_from_db()
        assert (generation.state, generation.failure_code) == ("failed", "worker_lost")
        assert is_balanced(generation)
        assert services.claim_next(worker=services.register_worker(name="one more")) is None
        assert Notification.objects.get(recipient=generation.participant.user).kind == "generation.failed"


def test_a_system_may_cancel_too(worker):
    generation = submitted()
    services.claim_next(worker=worker)
    services.cancel(actor=System("test"), generation=generation)
    generation.refresh_from_db()
    assert generation.cancel_requested_at is not None


def test_workers_come_and_go(worker):
    before = worker.last_seen_at
    assert services.heartbeat(worker=worker)
    worker.refresh_from_db()
    assert worker.last_seen_at > before
    services.retire_worker(worker=worker)
    worker.refresh_from_db()
    assert worker.stopped_at is not None
    assert not services.heartbeat(worker=Worker(name="never seen"))
