"""Notifications by API."""

from __future__ import annotations

import uuid

import pytest

from notifications.services import notify
from tests.factories import ParticipantFactory

pytestmark = pytest.mark.django_db
LIST = "/api/v1/notifications/"


@pytest.fixture
def mira():
    return ParticipantFactory().user


def tell(user, subject="Approved"):
    return notify(recipient=user, kind="review.approved", subject=subject, body="Now you can share it.")


def test_a_person_lists_their_own_newest_first(client, mira):
    tell(mira, "First")
    tell(mira, "Second")
    tell(ParticipantFactory().user, "Not yours")
    client.force_login(mira)
    answer = client.get(LIST)
    assert answer.status_code == 200
    assert [row["subject"] for row in answer.json()["results"]] == ["Second", "First"]


def test_the_list_costs_a_constant_number_of_queries(client, mira, django_assert_max_num_queries):
    for _ in range(15):
        tell(mira)
    client.force_login(mira)
    with django_assert_max_num_queries(6):
        assert len(client.get(LIST).json()["results"]) == 15


def test_marking_as_read_answers_with_the_time(client, mira):
    notification = tell(mira)
    client.force_login(mira)
    answer = client.post(f"{LIST}{notification.pk}/read/", {}, content_type="application/json")
    assert answer.status_code == 200
    assert answer.json()["read_at"] is not None


def test_another_persons_message_is_as_missing_as_none(client, mira):
    notification = tell(mira)
    client.force_login(ParticipantFactory().user)
    hidden = client.post(f"{LIST}{notification.pk}/read/", {}, content_type="application/json")
    missing = client.post(f"{LIST}{uuid.uuid4()}/read/", {}, content_type="application/json")
    assert hidden.status_code == missing.status_code == 404
    assert {**hidden.json(), "request_id": ""} == {**missing.json(), "request_id": ""}
    notification.refresh_from_db()
    assert notification.read_at is None


def test_unknown_fields_are_refused(client, mira):
    notification = tell(mira)
    client.force_login(mira)
    answer = client.post(f"{LIST}{notification.pk}/read/", {"read": True}, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "unknown_field"


def test_anonymous_people_are_told_nothing(client, mira):
    tell(mira)
    assert client.get(LIST).status_code in {401, 403}
