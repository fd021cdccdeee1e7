"""A GPU that is reset refuses everything to the process that was using it: others do its work, and it starts anew."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from generation import services
from generation.models import Worker
from generation.worker import process as worker_process
from generation.worker.process import WorkerProcess
from generation.worker.shelf import EngineShelf
from generation.worker.stopping import Stopping
from generation.worker.work import Outcome, Work
from tests.worker.fake_engine import AcceleratorError, FakeEngine
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


def refuse(*_: object) -> None:
    raise AcceleratorError("CUDA error: unspecified launch failure")


def cuda(monkeypatch, **calls) -> None:
    """A torch with a GPU, of which these calls are all that anybody here uses."""
    known = {"is_available": lambda: True, "synchronize": lambda: None, "empty_cache": lambda: None}
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=SimpleNamespace(**{**known, **calls})))


def test_a_loss_that_shows_first_as_another_error_is_found_by_asking_the_gpu(models, process, ended, monkeypatch):
    cuda(monkeypatch, synchronize=refuse, empty_cache=refuse)
    struck = submitted(model_key="fake", prompt="poison")  # a plain ValueError
    process.answer()
    struck.refresh_from_db()
    assert (struck.state, struck.attempts.get().failure_code) == ("queued", "worker_lost")
    assert ended == ["ended"]


def test_memory_that_cannot_be_given_back_hides_no_failure_and_stops_no_worker(models, process, ended, monkeypatch):
    cuda(monkeypatch, empty_cache=refuse)
    bad, good = submitted(model_key="fake", prompt="poison"), submitted(model_key="fake", prompt="rain")
    process.answer()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, bad.attempts.get().failure_code, good.state) == ("failed", "engine_error", "completed")
    assert ended == []


def test_a_gpu_that_gives_up_between_two_tries_ends_the_attempt_and_the_process(models, process, ended, monkeypatch):
    monkeypatch.setattr(FakeEngine, "economise", refuse)
    struck = submitted(model_key="fake", prompt="out of memory")
    process.answer()
    struck.refresh_from_db()
    assert (struck.state, struck.attempts.get().state) == ("queued", "lost")
    assert ended == ["ended"]
