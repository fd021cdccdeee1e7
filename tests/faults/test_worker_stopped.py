"""SIGTERM, as every deployment sends it: the generation goes back to the queue and the next worker does it."""

from __future__ import annotations

import signal

from generation.models import Worker
from tests.faults.aftermath import assert_nothing_is_wrong
from tests.faults.installation import Installation, until
from tests.worker.queue import ledger, submitted


def test_a_stopped_worker_gives_its_generation_back(installation: Installation):
    installation.hold.touch()
    generation = submitted(model_key="fake")
    first = installation.worker()
    installation.running_in(generation, first)
    first.send_signal(signal.SIGTERM)
    assert first.wait(20) == 0, installation.log
    generation.refresh_from_db()
    assert generation.state == "queued"
    assert generation.attempts.get().state == "returned"
    assert ledger(generation) == {"reserve": generation.price}
    assert Worker.objects.get().stopped_at is not None

    installation.hold.unlink()
    # Nobody rings: a worker that starts looks for itself.
    installation.worker()
    installation.ended(generation)
    assert_nothing_is_wrong()


def test_a_stopped_worker_that_is_given_time_finishes_what_it_runs(installation: Installation):
    installation.hold.touch()
    running, waiting = submitted(model_key="fake"), submitted(model_key="fake")
    worker = installation.worker(DRAIN_SECONDS="60")
    installation.running_in(running, worker)
    worker.send_signal(signal.SIGTERM)
    until(lambda: Worker.objects.get().state == "draining", what=installation.log)
    installation.hold.unlink()
    assert worker.wait(60) == 0, installation.log
    installation.ended(running)
    assert running.attempts.count() == 1
    waiting.refresh_from_db()
    assert waiting.state == "queued"
    assert not waiting.attempts.exists()

    installation.worker()
    installation.ended(waiting)
    assert_nothing_is_wrong()
