"""A worker that fails too often goes into maintenance; a prompt meets no worker twice that it took down."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from accounts.models import Participant
from audit.models import AuditEvent
from common.clock import now
from generation import services
from generation.models import Attempt, Worker
from generation.services import faults, workers
from generation.states import FailureCode, WorkerState
from notifications.models import Notification
from tests.factories import ParticipantFactory, UserFactory
from tests.worker.queue import submitted

pytestmark = pytest.mark.django_db


def fail(worker: Worker, participant: Participant, code: FailureCode = FailureCode.ENGINE) -> None:
    submitted(participant)
    services.fail(attempt=services.claim_next(worker=worker), code=code, error="ValueError")


def fail_for_two(worker: Worker, times: int, code: FailureCode = FailureCode.ENGINE) -> None:
    artists = ParticipantFactory(), ParticipantFactory()
    for number in range(times):
        fail(worker, artists[number % 2], code)


class TestMaintenance:
    def test_half_of_the_latest_attempts_is_too_much_and_the_admins_are_told(self, caplog):
        admin = UserFactory(staff_role="admin")
        worker = services.register_worker(name="gpu 1")
        fail_for_two(worker, 4)
        assert not faults.judge(worker=worker)
        fail_for_two(worker, 1)
        with caplog.at_level(logging.ERROR):
            assert faults.judge(worker=worker)
        worker.refresh_from_db()
        assert worker.state == WorkerState.MAINTENANCE
        assert "5" in worker.state_reason
        assert "gpu 1 goes into maintenance" in caplog.text
        told = Notification.objects.get(recipient=admin)
        assert (told.kind, "gpu 1" in told.subject) == ("worker.maintenance", True)
        event = AuditEvent.objects.latest("id")
        assert (event.action, event.from_state, event.to_state) == ("worker.maintenance", "active", "maintenance")
        submitted()
        assert services.claim_next(worker=worker) is None
        assert not faults.judge(worker=worker)

    def test_one_participant_alone_cannot_empty_the_house_of_workers(self):
        worker, artist = services.register_worker(name="gpu 1"), ParticipantFactory()
        for _ in range(9):
            fail(worker, artist)
        assert not faults.judge(worker=worker)

    def test_what_another_worker_would_do_no_better_is_no_fault(self):
        worker = services.register_worker(name="gpu 1")
        fail_for_two(worker, 8, FailureCode.OUT_OF_MEMORY)
        assert not faults.judge(worker=worker)

    def test_going_down_is_a_fault_too_under_the_name_that_goes_on(self):
        artists = ParticipantFactory(), ParticipantFactory()
        for number in range(5):
            submitted(artists[number % 2])
            doomed = services.register_worker(name="gpu 1")
            services.abandon(attempt=services.claim_next(worker=doomed))
            services.cancel(actor=artists[number % 2].user, generation=artists[number % 2].generations.first())
        assert faults.judge(worker=services.register_worker(name="gpu 1"))

    def test_an_admin_puts_it_back_and_the_past_is_forgiven(self):
        admin, worker = UserFactory(staff_role="admin"), services.register_worker(name="gpu 1")
        fail_for_two(worker, 6)
        assert faults.judge(worker=worker)
        assert workers.move_worker(actor=admin, worker=worker, state=WorkerState.ACTIVE)
        assert not faults.judge(worker=worker)
        generation = submitted()
        assert services.claim_next(worker=worker).generation_id == generation.pk
        assert AuditEvent.objects.filter(action="worker.active").get().actor_id == str(admin.pk)

    def test_it_outlives_a_restart(self):
        worker = services.register_worker(name="gpu 1")
        workers.move_worker(actor=workers.WORKERS, worker=worker, state=WorkerState.MAINTENANCE, reason="a fan")
        services.retire_worker(worker=worker)
        again = services.register_worker(name="gpu 1")
        assert (again.state, again.state_reason) == ("maintenance", "a fan")

    def test_a_draining_worker_goes_nowhere_else(self):
        worker = services.register_worker(name="gpu 1")
        assert workers.move_worker(actor=workers.WORKERS, worker=worker, state=WorkerState.DRAINING)
        assert not workers.move_worker(actor=workers.WORKERS, worker=worker, state=WorkerState.ACTIVE)


class TestDeadlyPrompt:
    def lose(self, worker: Worker) -> Attempt:
        attempt = services.claim_next(worker=worker)
        services.abandon(attempt=attempt)
        return attempt

    def test_it_does_not_meet_the_same_worker_again_while_another_is_there(self):
        generation = submitted()
        first, second = services.register_worker(name="gpu 1"), services.register_worker(name="gpu 2")
        self.lose(first)
        first = services.register_worker(name="gpu 1")
        assert services.claim_next(worker=first) is None
        # Others' work goes on there.
        other = submitted()
        assert services.claim_next(worker=first).generation_id == other.pk
        assert services.claim_next(worker=second).generation_id == generation.pk

    @pytest.mark.parametrize(
        "away",
        [
            {"stopped_at": now()},
            {"last_seen_at": now() - timedelta(minutes=5)},
            {"state": WorkerState.MAINTENANCE},
            {"model_keys": ["another model"]},
        ],
    )
    def test_without_another_one_it_is_tried_again(self, away):
        generation = submitted()
        services.register_worker(name="gpu 2")
        Worker.objects.filter(name="gpu 2").update(**away)
        worker = services.register_worker(name="gpu 1")
        self.lose(worker)
        assert services.claim_next(worker=worker).generation_id == generation.pk
