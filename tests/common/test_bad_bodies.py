"""Bodies and cursors that no honest client sends: each is refused in a sentence, and none is a failure of ours."""

from __future__ import annotations

import base64
import json

import pytest

from audit.models import AuditEvent
from generation.models import Generation
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory

pytestmark = pytest.mark.django_db
LIST = "/api/v1/generations/"
LISTS = ["generations", "videos", "notifications", "ledger", "tokens", "invitations", "review/cases"]
CURSORS = {"words": "p=abc", "empty": "p=", "NUL": "p=%00", "bad UTF-8": "p=%ff", "backwards": "r=1&p=zz"}
DEEP = "[" * 100_000


@pytest.fixture
def artist(client):
    client.force_login(ParticipantFactory().user)
    return client


def refused(answer, status=400):
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"] == "application/problem+json"
    return answer.json()


@pytest.mark.parametrize("body", [DEEP, '{"prompt":' * 20_000, '{"prompt":' + DEEP], ids=["lists", "objects", "field"])
def test_json_that_is_nested_too_deeply_is_refused(artist, body):
    problem = refused(artist.post(LIST, body, content_type="application/json"))
    assert problem["code"] == "parse_error"
    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    "body", [DEEP, '{"email": %s}' % ("9" * 5000), "{", "\xff"], ids=["deep", "digits", "cut", "bytes"]
)
@pytest.mark.parametrize("address", ["auth/login", "auth/password/request", "config"])
def test_so_it_is_at_the_headless_addresses(client, address, body):
    path = f"/_allauth/browser/v1/{address}"
    refused(client.post(path, body.encode("latin-1"), content_type="application/json"))


@pytest.mark.parametrize("name", ["\ud800", "a\udfff"])
def test_half_a_character_in_the_name_of_a_field_is_answered(artist, name):
    problem = refused(artist.post(LIST, json.dumps({name: 1}), content_type="application/json"))
    assert problem["code"] == "unknown_field"


def test_half_a_character_in_a_choice_is_answered(client):
    client.force_login(AdminFactory())
    body = json.dumps({"email": "new@example.org", "staff_role": "\ud800"})
    problem = refused(client.post("/api/v1/invitations/", body, content_type="application/json"))
    assert problem["errors"][0]["field"] == "staff_role"
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("given", CURSORS.values(), ids=CURSORS)
@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_of_ones_own_making_is_refused(client, name, given):
    person = {"invitations": AdminFactory, "review/cases": ReviewerFactory}.get(name)
    client.force_login(person() if person else ParticipantFactory().user)
    refused(client.get(f"/api/v1/{name}/", {"cursor": base64.b64encode(given.encode()).decode()}), 404)
