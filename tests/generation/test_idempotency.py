"""The same request with the same key counts once, for a day."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from audit.models import AuditEvent
from common.clock import now
from common.errors import Invalid
from generation import tasks
from generation.models import Generation, IdempotencyKey
from generation.services import cancel, submit_batch
from generation.services.idempotency import KEPT, KeyReused
from quotas.models import LedgerEntry
from tests.factories import ParticipantFactory

pytestmark = pytest.mark.django_db
LIST = "/api/v1/generations/"
BODY = {"prompt": "rain on a tin roof", "model": "sketch", "size": "320x192", "seconds": 2}
GOOD = {"model_key": "sketch", "prompt": "rain", "size": "320x192", "seconds": 2}


@pytest.fixture
def artist():
    return ParticipantFactory(cohort__monthly_credits=100, cohort__max_queued=10).user


@pytest.fixture
def api(client, artist):
    client.force_login(artist)
    return client


def post(client, body=BODY, key="a-key"):
    return client.post(LIST, json.dumps(body), content_type="application/json", headers={"Idempotency-Key": key})


def test_the_same_key_answers_the_same_generation_and_charges_once(api):
    first, second = post(api), post(api)
    assert (first.status_code, second.status_code) == (201, 200)
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert first.json() == second.json()
    assert first["Location"] == second["Location"]
    assert Generation.objects.count() == LedgerEntry.objects.count() == AuditEvent.objects.count() == 1


def test_a_batch_is_answered_again_in_its_order(api):
    body = BODY | {"seeds": [3, None, 1]}
    first, second = post(api, body), post(api, body)
    assert first.json() == second.json()
    assert [row["seed"] for row in second.json()["results"]][::2] == [3, 1]
    assert Generation.objects.count() == 3


def test_a_replay_shows_how_it_is_now(api, artist):
    post(api)
    cancel(actor=artist, generation=Generation.objects.get())
    assert post(api).json()["state"] == "cancelled"


def test_the_order_and_shape_of_the_json_do_not_matter(api):
    post(api)
    assert post(api, dict(reversed(BODY.items()))).status_code == 200


@pytest.mark.parametrize(
    "change", [{"prompt": "snow"}, {"seconds": 4}, {"seed": 1}, {"seeds": [None]}, {"count": 2}, {"fps": 8}]
)
def test_the_same_key_with_other_parameters_is_an_error(api, change):
    post(api)
    answer = post(api, BODY | change)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert answer["Content-Type"] == "application/problem+json"
    assert Generation.objects.count() == 1


def test_another_key_is_another_request(api):
    assert post(api)["Location"] != post(api, key="another")["Location"]


def test_the_keys_of_others_are_others_keys(api, client):
    post(api)
    client.force_login(ParticipantFactory().user)
    assert post(client).status_code == 201


def test_a_refused_request_does_not_use_the_key_up(api):
    assert post(api, BODY | {"seconds": 3}).status_code == 400
    assert post(api).status_code == 201


def test_a_replay_needs_no_credits(client):
    client.force_login(ParticipantFactory(cohort__monthly_credits=2, cohort__max_queued=1).user)
    post(client)
    assert post(client).status_code == 200


@pytest.mark.parametrize("key", ["", "a" * 256, "two words", "tab\t", "é", "\x7f"])
def test_a_key_that_is_none_is_refused(api, key):
    answer = post(api, key=key)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["field"], error["allowed"]) == ("Idempotency-Key", "1 to 255 visible ASCII characters")
    assert not Generation.objects.exists()


@pytest.mark.parametrize("key", ["x", "~" * 255, "8e03978e-40d5-43e8-bc93-6894a57f9324"])
def test_any_visible_key_will_do(api, key):
    assert post(api, key=key).status_code == 201


def test_after_a_day_the_key_is_new_again(artist):
    (first,) = submit_batch(actor=artist, **GOOD, seeds=[1], idempotency_key="k")
    IdempotencyKey.objects.update(created_at=now() - KEPT + timedelta(minutes=1))
    (same,) = submit_batch(actor=artist, **GOOD, seeds=[1], idempotency_key="k")
    assert same == first
    IdempotencyKey.objects.update(created_at=now() - KEPT)
    (fresh,) = submit_batch(actor=artist, **GOOD, seeds=[2], idempotency_key="k")
    assert fresh != first
    with pytest.raises(KeyReused):
        submit_batch(actor=artist, **GOOD, seeds=[1], idempotency_key="k")


def test_the_sweep_forgets_old_keys_and_keeps_the_rest(artist):
    submit_batch(actor=artist, **GOOD, seeds=[1], idempotency_key="old")
    IdempotencyKey.objects.update(created_at=now() - KEPT)
    submit_batch(actor=artist, **GOOD, seeds=[1], idempotency_key="new")
    tasks.sweep()
    assert IdempotencyKey.objects.get().key == "new"
    assert Generation.objects.count() == 2


def test_the_service_refuses_a_bad_key_too(artist):
    with pytest.raises(Invalid):
        submit_batch(actor=artist, **GOOD, seeds=[1], idempotency_key="two words")


def test_the_prompt_is_not_kept_with_the_key(api):
    post(api, BODY | {"prompt": "a secret wish"})
    assert "secret" not in repr(IdempotencyKey.objects.values().get())
