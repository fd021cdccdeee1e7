"""The doorbell of the signals: it says nothing, goes to a queue of its own, and can be lost."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from redis import Redis

from review import services, tasks
from review.models import Signal
from review.services import signals
from review.states import SignalState
from tests.media import make_finished_video


@pytest.fixture
def broker(redis_server):
    redis = Redis.from_url(settings.REDIS_URL)
    redis.delete("signals", "default")
    return redis


def submit():
    video = make_finished_video()
    return services.submit(actor=video.owner, video=video)


@pytest.mark.django_db
def test_a_submission_rings_once_it_is_committed(broker, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        submit()
        assert broker.llen("signals") == 0
    (message,) = broker.lrange("signals", 0, -1)
    headers = json.loads(message)["headers"]
    assert (headers["task"], headers["argsrepr"], headers["eta"]) == ("review.tasks.look_at_signals", "()", None)
    assert broker.llen("default") == 0


@pytest.mark.django_db
def test_without_a_broker_a_submission_is_made_all_the_same(broker_away, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        case = submit()
    assert case.state == "queued"


@pytest.mark.django_db
def test_a_lost_doorbell_is_rung_again_as_long_as_something_waits(broker, detectors):
    submit()
    assert tasks.ring_for_signals() == 1
    assert broker.llen("signals") == 1
    assert tasks.look_at_signals() == 1
    assert set(Signal.objects.values_list("state", flat=True)) == {SignalState.DONE}
    assert tasks.ring_for_signals() == 0
    assert tasks.look_at_signals() == 0


@pytest.mark.django_db
def test_while_one_looks_a_second_message_leaves_it_the_rest(detectors):
    submit()
    with signals._looking:
        assert tasks.look_at_signals() == 0
    assert tasks.look_at_signals() == 1


def test_the_clock_rings():
    entry = settings.CELERY_BEAT_SCHEDULE["ring-for-signals"]
    assert entry["task"] == tasks.ring_for_signals.name
    assert settings.CELERY_TASK_ROUTES[tasks.look_at_signals.name] == {"queue": "signals"}
