"""Celery's entry points: which queue, what they import, and what they do when called."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from config.celery import app
from generation import doorbell, tasks
from generation.worker import signals
from generation.worker.process import this_process
from tests.worker.queue import submitted

ROOT = Path(__file__).resolve().parents[2]

IMPORTS = """
import sys
import django
django.setup()
from celery import current_app
current_app.loader.import_default_modules()
import config.urls, generation.tasks, generation.doorbell
assert "generation.tasks.answer_doorbell" in current_app.tasks
heavy = {"torch", "diffusers", "transformers"} & set(sys.modules)
sys.exit(f"imported {heavy}" if heavy else 0)
"""


NOBODY_HOME = """
import time
import django
django.setup()
from generation import doorbell
started = time.monotonic()
assert doorbell.ring() is False
assert time.monotonic() - started < 2, time.monotonic() - started
"""


def python(code: str, **environment: str) -> None:
    """Run the code in a process of its own; it must exit with 0."""
    path = {"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}", "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=os.environ | path | environment, check=True)


def in_the_broker(queue: str) -> int:
    import redis

    return redis.Redis.from_url(django_settings.REDIS_URL).llen(queue)


@pytest.fixture
def _empty_broker(redis_server):
    import redis

    redis.Redis.from_url(django_settings.REDIS_URL).flushall()


def test_neither_the_site_nor_a_celery_command_imports_torch():
    python(IMPORTS)


def test_without_a_broker_nobody_waits_and_nothing_is_raised(tmp_path):
    python(NOBODY_HOME, REDIS_URL=f"unix://{tmp_path}/nobody.sock")


def test_every_scheduled_task_of_this_app_exists():
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        if entry["task"].startswith("generation."):
            assert entry["task"] in app.tasks


@pytest.mark.usefixtures("_empty_broker")
class TestDoorbell:
    def test_it_rings_at_the_generation_queue(self):
        assert doorbell.ring() is True
        assert in_the_broker("generation") == 1
        assert in_the_broker("default") == 0

    @pytest.mark.django_db(transaction=True)
    def test_submitting_rings_once_it_is_committed(self):
        submitted()
        assert in_the_broker("generation") == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("_empty_broker")
class TestPeriodicRing:
    def test_nothing_waits_nothing_rings(self):
        assert tasks.ring() == 0

    def test_it_rings_for_each_that_waits_up_to_a_few(self, monkeypatch):
        for _ in range(3):
            submitted()
        assert tasks.ring() == in_the_broker("generation") == 3
        monkeypatch.setattr(tasks, "MOST_RINGS", 2)
        assert tasks.ring() == 2


@pytest.mark.django_db
def test_reaping_and_sweeping_an_idle_installation_changes_nothing():
    assert tasks.reap() == 0
    assert tasks.sweep() == 0


@pytest.mark.django_db(transaction=True)
def test_answering_with_nothing_to_do_returns():
    tasks.answer_doorbell()


class _Consumer:
    def __init__(self, *queues: str) -> None:
        self.app = self
        self.amqp = self
        self.queues = self
        self.consume_from = dict.fromkeys(queues)


def test_only_workers_of_the_generation_queue_take_part(monkeypatch):
    started = []
    monkeypatch.setattr(this_process, "start", lambda: started.append(1))
    signals.on_ready(sender=_Consumer("default"))
    assert not started
    signals.on_ready(sender=_Consumer("generation", "default"))
    assert started
