"""What an admin sees of the workers, and the switch that takes one out of service."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.models import AuditEvent
from generation import measures, services
from generation.models import Attempt, Worker
from generation.states import FailureCode
from tests.factories import AdminFactory, ParticipantFactory
from tests.worker.queue import stored_video, submitted

pytestmark = pytest.mark.django_db

LIST = "admin:generation_worker_changelist"


@pytest.fixture
def panel(client):
    client.force_login(AdminFactory())
    return client


@pytest.fixture
def worker(tmp_path):
    """It has completed one, failed at another, and runs a third."""
    worker = services.register_worker(name="gpu 1")
    services.heartbeat(worker=worker, loaded=["sketch"])
    submitted(prompt="a secret")
    attempt = services.claim_next(worker=worker)
    attempt.timings = {
        "wait": 4.0,
        "load": 1.0,
        "text": 0.5,
        "denoise": 6.0,
        "decode": 2.0,
        "encode": 1.0,
        "store": 0.5,
    }
    attempt.settings, attempt.peak_memory_mib = {"steps": 12, "prompt": "a secret"}, 2048
    services.complete(attempt=attempt, result=stored_video(tmp_path))
    submitted()
    services.fail(attempt=services.claim_next(worker=worker), code=FailureCode.ENGINE, error="ValueError")
    submitted()
    services.claim_next(worker=worker)
    return worker


def act(panel, worker, action: str):
    return panel.post(reverse(LIST), {"action": action, "_selected_action": [str(worker.pk)], "confirmed": "yes"})


def test_a_worker_says_what_it_serves_in_words(panel, worker):
    Worker.objects.update(pools=["standard", "turbo"], model_keys=[])
    page = panel.get(reverse("admin:generation_worker_change", args=[worker.pk])).content.decode()
    assert "standard, turbo" in page
    assert "every model of the catalogue" in page


def test_the_list_says_what_each_runs_its_models_step_time_and_faults(panel, worker):
    page = panel.get(reverse(LIST)).content.decode()
    running = Attempt.objects.get(worker=worker, state="running").generation
    for words in ("gpu 1", f"sketch {running.pk}", "0.50", "1 of 2"):
        assert words in page
    assert "a secret" not in page


def test_a_list_of_many_asks_no_more(panel, worker):
    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            panel.get(reverse(LIST))
        return len(asked)

    few = count()
    for number in range(5):
        services.register_worker(name=f"gpu {number + 2}")
    assert count() == few


def test_into_maintenance_and_back_with_an_event_for_each(panel, worker):
    asked = panel.post(reverse(LIST), {"action": "into_maintenance", "_selected_action": [str(worker.pk)]})
    assert "What they run now, they finish." in asked.content.decode()
    act(panel, worker, "into_maintenance")
    worker.refresh_from_db()
    assert worker.state == "maintenance"
    act(panel, worker, "into_maintenance")
    act(panel, worker, "back_into_service")
    worker.refresh_from_db()
    assert worker.state == "active"
    moved = AuditEvent.objects.filter(target_id=str(worker.pk)).order_by("id").values_list("action", flat=True)
    assert list(moved) == ["worker.maintenance", "worker.active"]


def test_an_artist_comes_nowhere_near(client, worker):
    client.force_login(ParticipantFactory().user)
    assert act(client, worker, "into_maintenance").status_code in {302, 404}
    assert client.get(reverse("admin:generation_stages")).status_code in {302, 404}
    worker.refresh_from_db()
    assert worker.state == "active"


def test_the_charts_and_their_tables(panel, worker):
    [times] = measures.stage_times()
    assert (times.model_key, times.attempts, times.working, times.peak_mib) == ("sketch", 1, 11.0, 2048)
    page = panel.get(reverse("admin:generation_stages")).content.decode()
    assert page.count("<rect") > 6
    for words in ("Denoising", "6.00", "11.0 s in all", "2048", "gpu 1"):
        assert words in page
    assert "a secret" not in page


def test_without_any_attempt_the_charts_say_so(panel):
    assert "Nothing has been completed yet." in panel.get(reverse("admin:generation_stages")).content.decode()
