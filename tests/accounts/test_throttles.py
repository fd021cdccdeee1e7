"""A script that runs wild is asked to wait; it does not slow down other people, nor does a missing Redis stop them."""

from __future__ import annotations

import pytest

from accounts.throttles import PerPerson
from tests.factories import ParticipantFactory

pytestmark = pytest.mark.django_db
ME = "/api/v1/me/"


@pytest.fixture
def _three_a_minute(monkeypatch):
    monkeypatch.setattr(PerPerson, "rate", "3/min", raising=False)


@pytest.mark.usefixtures("_three_a_minute")
def test_too_many_requests_are_refused_with_the_time_to_wait(client):
    client.force_login(ParticipantFactory().user)
    assert [client.get(ME).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get(ME)
    assert refused.json()["code"] == "throttled"
    assert 1 <= int(refused["Retry-After"]) <= 61
    client.force_login(ParticipantFactory().user)
    assert client.get(ME).status_code == 200


@pytest.mark.usefixtures("_three_a_minute")
def test_without_redis_the_api_still_answers(client, settings, tmp_path):
    client.force_login(ParticipantFactory().user)
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": f"unix://{tmp_path}/nobody.sock"}}
    assert [client.get(ME).status_code for _ in range(4)] == [200] * 4
