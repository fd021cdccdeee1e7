"""A GPU that is reset refuses everything to the process that was using it: others do its work, and it starts anew."""

from __future__ import annotations

import pytest

from generation import services
from generation.models import Worker
from generation.worker import process as worker_process
from generation.worker.process import WorkerProcess
from generation.worker.shelf import EngineShelf
from generation.worker.stopping import Stopping
from generation.worker.work import Outcome, Work
from tests.worker.queue import is_balanced, submitted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ended(monkeypatch) -> list[str]:
    """Processes that would have ended themselves."""
    ends: list[str] = []
    monkeypatch.setattr(worker_process, "end_process", lambda: ends.append("ended"))
    return ends


def test_the_generation_goes_back_and_the_process_ends_before_it_takes_another(models, process, ended):
    struck, untouched = submitted(model_key="fake"), submitted(model_key="fake")
    (models / "gpu-reset").touch()
    process.answer()
    assert ended == ["ended"]
    struck.refresh_from_db()
    untouched.refresh_from_db()
    assert (struck.state, untouched.state) == ("queued", "queued")
    attempt = struck.attempts.get()
    assert (attempt.state, attempt.failure_code) == ("lost", "worker_lost")
    assert not untouched.attempts.exists()
    assert Worker.objects.get().stopped_at

    (models / "gpu-reset").unlink()
    WorkerProcess("another").answer()
    for generation in (struck, untouched):
        generation.refresh_from_db()
        assert generation.state == "completed"
        assert is_balanced(generation)


def test_what_else_was_under_way_is_given_back_and_not_blamed(models):
    generation = submitted(model_key="fake")
    attempt = services.claim_next(worker=services.register_worker(name="w"))
    stopping = Stopping()
    assert stopping.lose_device()
    (models / "gpu-reset").touch()
    assert Work(attempt, engines=EngineShelf(), stopping=stopping).render() is Outcome.OVER
    generation.refresh_from_db()
    attempt.refresh_from_db()
    assert (generation.state, attempt.state, attempt.failure_code) == ("queued", "returned", "")


def test_the_log_says_so_without_the_prompt(models, process, ended, caplog):
    submitted(model_key="fake", prompt="a heron nobody else may read about")
    (models / "gpu-reset").touch()
    process.answer()
    assert "The device is lost" in caplog.text
    assert "heron" not in caplog.text
