"""When a process must end itself, and what it writes before. The real end is in tests/faults/test_hung_step.py."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from generation import services
from generation.models import Attempt
from generation.progress import Stage
from generation.states import MAX_ATTEMPTS
from generation.worker import watchdog
from generation.worker.stopping import Stopping
from generation.worker.watchdog import Watchdog
from tests.worker.queue import ledger, submitted

pytestmark = pytest.mark.django_db


class ProcessEnded(Exception):
    pass


@pytest.fixture(autouse=True)
def _no_real_end(monkeypatch, settings):
    def end():
        raise ProcessEnded

    settings.HARD_STOP_SECONDS, settings.STALL_SECONDS = 10, 100
    monkeypatch.setattr(watchdog, "end_process", end)


@pytest.fixture
def clock(monkeypatch):
    time = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(watchdog, "monotonic", lambda: time.now)
    return time


class Setting:
    """Attempts under way, as silent as one likes."""

    def __init__(self) -> None:
        self.works = []
        self.stopping = Stopping()
        self.retired = []
        self.dog = Watchdog(lambda: self.works, self.stopping, lambda: self.retired.append(1))

    def under_way(self, *, silent: float, stage: Stage = Stage.DENOISE) -> Attempt:
        submitted(model_key="sketch")
        attempt = services.claim_next(worker=services.register_worker(name=f"w{len(self.works)}"))
        making = SimpleNamespace(stage=stage, steps_done=3, steps_total=6)
        self.works.append(SimpleNamespace(attempt=attempt, lease=SimpleNamespace(silent_for=silent), making=making))
        return attempt


@pytest.fixture
def setting() -> Setting:
    return Setting()


def cancel(attempt: Attempt) -> None:
    services.cancel(actor=attempt.generation.participant.user, generation=attempt.generation)


def test_silence_alone_is_patience(setting, clock):
    setting.under_way(silent=99)
    setting.dog.look()
    clock.now += 1000
    setting.dog.look()
    assert not setting.retired


def test_a_cancelled_step_that_hangs_ends_the_process_after_the_grace_and_the_artist_sees_it(setting, clock):
    attempt = setting.under_way(silent=50)
    setting.dog.look()
    cancel(attempt)
    setting.dog.look()
    clock.now += 9
    setting.dog.look()
    clock.now += 1
    with pytest.raises(ProcessEnded):
        setting.dog.look()
    attempt.refresh_from_db()
    attempt.generation.refresh_from_db()
    assert (attempt.state, attempt.cancelled_by, attempt.generation.state) == ("cancelled", "process", "cancelled")
    assert ledger(attempt.generation) == {"reserve": 2, "settle": 1, "release": 1}
    assert setting.retired


def test_a_cancel_that_a_step_may_still_notice_is_left_to_it(setting, clock):
    attempt = setting.under_way(silent=50)
    cancel(attempt)
    setting.dog.look()
    clock.now += 60
    setting.works[0].lease.silent_for = 2
    setting.dog.look()
    assert not setting.retired


@pytest.mark.parametrize("stage", [Stage.LOAD, Stage.STORE])
def test_a_model_that_loads_is_worth_keeping(setting, clock, stage):
    attempt = setting.under_way(silent=50, stage=stage)
    cancel(attempt)
    setting.dog.look()
    clock.now += 60
    setting.dog.look()
    assert not setting.retired


def test_what_shows_no_sign_of_life_is_a_loss_and_the_innocent_go_back_unharmed(setting, clock):
    hung, innocent = setting.under_way(silent=101), setting.under_way(silent=0)
    with pytest.raises(ProcessEnded):
        setting.dog.look()
    hung.refresh_from_db()
    innocent.refresh_from_db()
    assert (hung.state, hung.failure_code, innocent.state) == ("lost", "worker_lost", "returned")
    for attempt in (hung, innocent):
        attempt.generation.refresh_from_db()
        assert attempt.generation.state == "queued"


def test_the_third_loss_is_the_last(setting):
    generation = submitted()
    for number in range(MAX_ATTEMPTS):
        services.abandon(attempt=services.claim_next(worker=services.register_worker(name=f"w{number}")))
    generation.refresh_from_db()
    assert (generation.state, generation.failure_code) == ("failed", "worker_lost")
    assert ledger(generation)["release"] == generation.price


def test_a_hung_step_does_not_hold_a_shutdown_up(setting, clock, settings):
    settings.DRAIN_SECONDS, settings.HARD_STOP_SECONDS = 0, 0
    attempt = setting.under_way(silent=1)
    setting.stopping.ask()
    with pytest.raises(ProcessEnded):
        setting.dog.look()
    attempt.refresh_from_db()
    assert attempt.state == "returned"


def test_a_step_that_notices_says_so(setting):
    attempt = setting.under_way(silent=0)
    cancel(attempt)
    services.confirm_cancel(attempt=attempt, steps_done=3, steps_total=6)
    attempt.refresh_from_db()
    assert attempt.cancelled_by == "step"
