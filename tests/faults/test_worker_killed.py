"""kill -9 of a real Celery worker in the middle of a generation, and a prompt that kills every worker that tries it."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

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


def test_a_prompt_that_kills_its_worker_kills_its_successor_once_and_the_next_one_is_done(installation: Installation):
    """One place: whoever is started there is the same worker, which goes down for it twice and no third time."""
    deadly = submitted(model_key="fake", prompt="death")
    harmless = submitted(model_key="fake")
    installation.beat()
    for number in (1, 2):
        worker = installation.worker()
        until(lambda: worker.poll() is not None, what=installation.log)  # noqa: B023
        assert deadly.attempts.count() == number
    installation.worker()
    installation.ended(harmless)
    installation.ended(deadly, "failed")
    assert deadly.failure_code == "worker_lost"
    assert deadly.attempts.filter(state="lost").count() == 2
    assert_nothing_is_wrong()
