"""kill -9 of a real Celery worker in the middle of a generation, and a prompt that kills every worker that tries it."""

from __future__ import annotations

import signal
from datetime import timedelta

from django.utils import timezone

from generation import services
from generation.models import Worker
from generation.services import waiting
from tests.faults.aftermath import assert_nothing_is_wrong
from tests.faults.installation import LEASE_SECONDS, REAPER_SECONDS, Installation, kill, until
from tests.worker.queue import ledger, submitted

# Between the kill and the next attempt: the lease runs out, the reaper comes by, and this for a slow machine.
SLACK = 5


def test_another_worker_does_it_again_and_it_is_charged_once(installation: Installation):
    installation.hold.touch()
    generation = submitted(model_key="fake")
    workers = [installation.worker(), installation.worker()]
    installation.beat()
    victim = installation.running_in(generation, *workers)
    kill(victim)
    killed_at = timezone.now()
    installation.hold.unlink()
    installation.ended(generation)
    lost, done = generation.attempts.order_by("number")
    assert (lost.state, done.state) == ("lost", "completed")
    assert lost.worker != done.worker
    assert done.started_at - killed_at < timedelta(seconds=LEASE_SECONDS + REAPER_SECONDS + SLACK)
    assert ledger(generation) == {"reserve": generation.price, "settle": generation.price}
    assert_nothing_is_wrong()


def test_a_prompt_that_kills_its_worker_takes_no_worker_down_twice(installation: Installation):
    """One place: what was lost there is tried once more in a child of the worker, which goes on when the child dies."""
    deadly = submitted(model_key="fake", prompt="death")
    installation.beat()
    first = installation.worker()
    until(lambda: first.poll() is not None, what=installation.log)
    harmless, stopped = submitted(model_key="fake"), submitted(model_key="fake")
    for bystander in (harmless, stopped):
        # As if the same death had ended them.
        services.abandon(attempt=services.claim_next(worker=Worker.objects.get()))
        bystander.refresh_from_db()
        assert (bystander.state, bystander.attempts.count()) == ("queued", 1)
    waiting.hold(actor=stopped.participant.user, generation=stopped)

    second = installation.worker()
    installation.ended(harmless)
    installation.ended(deadly, "failed")
    assert deadly.failure_code == "worker_lost"
    assert [attempt.state for attempt in deadly.attempts.all()] == ["lost", "lost"]
    assert second.poll() is None

    installation.hold.touch()
    waiting.resume(actor=stopped.participant.user, generation=stopped)
    until((installation.models / "holding").exists, what=installation.log)
    second.send_signal(signal.SIGTERM)
    assert second.wait(20) == 0, installation.log
    stopped.refresh_from_db()
    assert (stopped.state, stopped.attempts.first().state) == ("queued", "returned")
    services.cancel(actor=stopped.participant.user, generation=stopped)
    assert_nothing_is_wrong()
