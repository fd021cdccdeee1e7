"""A step that hangs in a call that nothing can interrupt: the process ends itself, and everything else goes on."""

from __future__ import annotations

import signal

from generation import services
from generation.models import Worker
from tests.faults.aftermath import assert_nothing_is_wrong
from tests.faults.installation import Installation, until
from tests.worker.queue import ledger, submitted


def test_a_cancelled_step_that_hangs_ends_with_its_process(installation: Installation):
    hung = submitted(model_key="fake", prompt="hang")
    worker = installation.worker()
    installation.running_in(hung, worker)
    until((installation.models / "hanging").exists, what=installation.log)
    services.cancel(actor=hung.participant.user, generation=hung)
    until(lambda: worker.poll() is not None, what=installation.log)
    assert worker.poll() == -signal.SIGKILL
    installation.ended(hung, "cancelled")
    assert hung.attempts.get().cancelled_by == "process"
    assert ledger(hung)["settle"] == hung.price // 2  # three of six steps
    assert Worker.objects.get().stopped_at is not None

    # Whoever starts it again (here: we) finds the queue as it should be.
    installation.worker()
    installation.ended(submitted(model_key="fake"))
    assert_nothing_is_wrong()


def test_a_hung_step_does_not_hold_a_deployment_up(installation: Installation):
    hung = submitted(model_key="fake", prompt="hang")
    worker = installation.worker()
    installation.running_in(hung, worker)
    until((installation.models / "hanging").exists, what=installation.log)
    worker.send_signal(signal.SIGTERM)
    until(lambda: worker.poll() is not None, what=installation.log)
    hung.refresh_from_db()
    assert hung.state == "queued"
    assert hung.attempts.get().state == "returned"
    services.cancel(actor=hung.participant.user, generation=hung)
    assert_nothing_is_wrong()
