"""Credits by API."""

from __future__ import annotations

from uuid import uuid4

import pytest

from common.actors import System
from quotas import services
from tests.factories import AdminFactory, ParticipantFactory

pytestmark = pytest.mark.django_db
ALLOWANCE, LEDGER = "/api/v1/allowance/", "/api/v1/ledger/"
TESTER = System("test")


@pytest.fixture
def participant():
    return ParticipantFactory(cohort__monthly_credits=100)


def use(participant, credits, charged=None):
    reservation = uuid4()
    services.reserve(actor=TESTER, participant=participant, reservation=reservation, credits=credits)
    if charged is not None:
        services.settle(actor=TESTER, reservation=reservation, credits=charged)
    return reservation


def test_the_allowance_adds_up(client, participant):
    use(participant, 30, charged=20)
    use(participant, 15)
    client.force_login(participant.user)
    answer = client.get(ALLOWANCE).json()
    assert answer.pop("renews_at").endswith("-01T00:00:00Z")
    assert answer == {"allowance": 100, "settled": 20, "reserved": 15, "free": 65}


def test_the_ledger_lists_every_movement_and_nobody_elses(client, participant):
    reservation = use(participant, 30, charged=20)
    use(ParticipantFactory(), 1)
    client.force_login(participant.user)
    rows = client.get(LEDGER).json()["results"]
    assert {(row["kind"], row["credits"]) for row in rows} == {("reserve", 30), ("settle", 20), ("release", 10)}
    assert {row["generation_id"] for row in rows} == {str(reservation)}
    assert all(len(row["month"]) == 7 for row in rows)


@pytest.mark.parametrize("count", [1, 10])
def test_the_ledger_costs_the_same_however_long(client, participant, count, django_assert_num_queries):
    for _ in range(count):
        use(participant, 1)
    client.force_login(participant.user)
    # 1. session  2. person  3. terms  4. a page of entries with their months
    with django_assert_num_queries(4):
        assert len(client.get(LEDGER).json()["results"]) == count


def test_the_allowance_costs_five_queries(client, participant, django_assert_num_queries):
    client.force_login(participant.user)
    # 1. session  2. person  3. terms  4. the participant  5. the balance
    with django_assert_num_queries(5):
        client.get(ALLOWANCE)


def test_people_who_take_no_part_have_no_credits(client):
    client.force_login(AdminFactory())
    assert client.get(ALLOWANCE).status_code == 404
    assert client.get(LEDGER).json()["results"] == []


@pytest.mark.parametrize("path", [ALLOWANCE, LEDGER])
def test_nobody_writes_here(client, participant, path):
    client.force_login(participant.user)
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(path, {"credits": 1000}, content_type="application/json").status_code == 405
