"""Celery's settings with long work on a GPU: each is here because another value was seen to hurt."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from redis import Redis

from config.celery import app
from generation import doorbell, tasks


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("worker_prefetch_multiplier", 1),  # a message held back behind a busy GPU rings at nobody's door
        ("task_acks_late", False),  # Redis would hand a long task to a second worker after its visibility timeout
        ("task_reject_on_worker_lost", False),  # a task that kills its process would be run again without end
        ("worker_cancel_long_running_tasks_on_connection_loss", False),  # a Redis that restarts stops no render
        ("task_time_limit", None),  # the threads pool has none: the watchdog ends the process
        ("task_soft_time_limit", None),
        ("worker_max_tasks_per_child", None),  # the models stay loaded
        ("task_ignore_result", True),
        # A person's request rings the doorbell, and must not wait for a broker that is away.
        (
            "broker_transport_options",
            {"max_retries": 1, "interval_start": 0, "interval_step": 0, "socket_connect_timeout": 2},
        ),
    ],
)
def test_the_setting_has_the_value_that_does_not_hurt(name, value):
    assert app.conf[name] == value


def test_a_shutdown_may_take_as_long_as_what_runs_may_take_to_end():
    assert app.conf.worker_soft_shutdown_timeout >= settings.DRAIN_SECONDS


def test_tasks_have_the_settings_too():
    for task in (tasks.answer_doorbell, tasks.ring, tasks.reap, tasks.sweep):
        assert not task.acks_late


def test_a_doorbell_says_nothing_and_comes_at_once(redis_server):
    """No ETA: a worker would take such messages off the queue and hold them in memory."""
    broker = Redis.from_url(settings.REDIS_URL)
    broker.flushall()
    assert doorbell.ring()
    message = json.loads(broker.lrange("generation", 0, 0)[0])
    assert (message["headers"]["eta"], message["headers"]["expires"]) == (None, None)
    assert message["headers"]["argsrepr"] == "()"


def test_the_clock_only_ever_rings_and_looks():
    """Beat asks the database, so nothing is scheduled message by message."""
    for entry in app.conf.beat_schedule.values():
        assert not entry.get("args")
        assert not entry.get("kwargs")
