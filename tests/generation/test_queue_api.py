"""One's own queue over the API: hold, resume, move, and the range of the wait."""

from __future__ import annotations

import json
import uuid

import pytest
from django.utils import timezone

from generation.models import Generation, Worker
from tests.factories import GenerationFactory, ParticipantFactory
from tests.generation.test_selectors import measured

pytestmark = pytest.mark.django_db
LIST = "/api/v1/generations/"


@pytest.fixture
def participant():
    return ParticipantFactory()


@pytest.fixture
def api(client, participant):
    client.force_login(participant.user)
    return client


@pytest.fixture
def three(participant):
    return [GenerationFactory(participant=participant, take=take) for take in (1, 2, 3)]


def post(api, generation, act, body=None):
    path = f"{LIST}{generation.pk}/{act}/"
    return api.post(path, json.dumps(body or {}), content_type="application/json")


def test_holding_and_resuming(api, three):
    answer = post(api, three[0], "hold")
    row = answer.json()
    assert (answer.status_code, row["state"], row["place"]) == (200, "queued", None)
    assert row["held_at"]
    assert (row["links"]["hold"], row["links"]["resume"]) == (None, f"{LIST}{three[0].pk}/resume/")
    row = api.post(row["links"]["resume"], "{}", content_type="application/json").json()
    assert (row["held_at"], row["place"], row["links"]["resume"]) == (None, 1, None)


def test_moving(api, three):
    assert post(api, three[2], "move", {"to": "front"}).json()["place"] == 1
    assert post(api, three[2], "move", {"to": "down"}).json()["place"] == 2
    assert post(api, three[2], "move", {"to": "up"}).json()["place"] == 1


@pytest.mark.parametrize("body", [{}, {"to": "back"}, {"to": "up", "by": 2}])
def test_a_move_says_where_to(api, three, body):
    assert post(api, three[1], "move", body).status_code == 400
    assert list(Generation.objects.order_by("take").values_list("position", flat=True)) == [1, 2, 3]


@pytest.mark.parametrize(("act", "body"), [("hold", {}), ("resume", {}), ("move", {"to": "front"})])
def test_what_has_started_answers_409_and_somebody_elses_404(api, three, act, body):
    Generation.objects.filter(pk=three[0].pk).update(state="running", started_at=timezone.now())
    answer = post(api, three[0], act, body)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_started")
    hidden, missing = GenerationFactory(), GenerationFactory.build(pk=uuid.uuid4(), participant=None)
    assert [post(api, one, act, body).status_code for one in (hidden, missing)] == [404, 404]


def test_the_wait_is_told_with_its_range(api, three):
    measured(Worker.objects.create(name="w", last_seen_at=timezone.now()), 40)
    row = api.get(f"{LIST}{three[1].pk}/").json()
    told = [row[f"expected_wait_{name}seconds"] for name in ("low_", "", "high_")]
    assert told == [32, 40, 50]
