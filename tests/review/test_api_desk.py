"""What the desk's addresses of the API answer: bodies, problems with stable codes, and the same request sent twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.states import Scope, StaffRole
from audit.models import AuditEvent
from review import services
from review.models import Interest, InternalNote, Pass, ReviewCase, ReviewQueue, SavedFilter
from tests.factories import ReviewerFactory
from tests.review.desk import bearer

WAITING = {"id", "state", "queue", "on_hold_until", "assigned_to"}
ACTIONS = ("pass", "hold", "unhold", "hand", "send", "recuse")


class Caller:
    """One reviewer's requests."""

    def __init__(self, user: Any) -> None:
        self.client, self.headers = Client(), bearer(user, Scope.REVIEW)

    def post(self, path: str, body: Any = None) -> Any:
        address = f"/api/v1/review/{path}/"
        return self.client.post(address, body or {}, content_type="application/json", headers=self.headers)

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/review/{path}/", headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1/review/{path}/", headers=self.headers)


@pytest.fixture
def api(reviewer) -> Caller:
    return Caller(reviewer)


@pytest.fixture
def other_api(colleague) -> Caller:
    return Caller(colleague)


@pytest.fixture
def lead_api(db) -> Caller:
    return Caller(ReviewerFactory(name="Lea Lead", staff_role=StaffRole.LEAD_REVIEWER))


@pytest.fixture
def queue(colleague) -> ReviewQueue:
    found = ReviewQueue.objects.create(slug="bodies", name="Bodies")
    found.members.add(colleague)
    return found


def in_hours(hours: int) -> str:
    return (timezone.now() + timedelta(hours=hours)).isoformat()


def bodies(token: str, colleague: Any) -> dict[str, dict[str, Any]]:
    """A good body for each action."""
    return {
        "pass": {"claim_token": token},
        "hold": {"claim_token": token, "until": in_hours(4), "note": "Asked the press office."},
        "unhold": {},
        "hand": {"claim_token": token, "reviewer": colleague.email, "note": "Yours."},
        "send": {"claim_token": token, "queue": "bodies"},
        "recuse": {"claim_token": token, "kind": "declared"},
    }


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """A problem in the one shape, with this code."""
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    found = answer.json()
    assert (found["code"], found["status"]) == (code, status), found
    assert {"type", "title", "detail", "request_id"} <= set(found)
    return found


def events(case: ReviewCase) -> list[str]:
    return list(AuditEvent.objects.filter(target_id=str(case.pk)).order_by("id").values_list("action", flat=True))


# --- What goes through -------------------------------------------------------------------------------------------


def test_a_case_that_one_holds_is_passed_and_waits_for_others(api, case, token):
    answer = api.post(f"cases/{case.pk}/pass", {"claim_token": token})
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    expected = {"id": str(case.pk), "state": "queued", "queue": None, "on_hold_until": None, "assigned_to": ""}
    assert answer.json() == expected


def test_a_waiting_case_is_passed_once_however_often_it_is_sent(api, case):
    first, again = (api.post(f"cases/{case.pk}/pass") for _each in range(2))
    assert first.json() == again.json()
    assert (first.status_code, again.status_code, Pass.objects.count()) == (200, 200, 1)
    assert events(case).count("review.case_passed") == 1


def test_a_case_goes_on_hold_and_comes_back(api, case, token):
    until = in_hours(4)
    answer = api.post(f"cases/{case.pk}/hold", {"claim_token": token, "until": until, "note": "Asked."})
    assert (answer.status_code, set(answer.json())) == (200, WAITING)
    assert parse_datetime(answer.json()["on_hold_until"]) == parse_datetime(until)
    assert InternalNote.objects.get().body == "Asked."
    back = api.post(f"cases/{case.pk}/unhold")
    assert (back.status_code, back.json()["on_hold_until"]) == (200, None)
    problem(api.post(f"cases/{case.pk}/unhold"), 409, "not_on_hold")
    assert events(case)[-2:] == ["review.case_held", "review.case_unheld"]


def test_a_case_is_handed_to_a_colleague_whatever_the_case_of_the_address(api, case, token, colleague):
    body = {"claim_token": token, "reviewer": colleague.email.upper(), "note": "Yours."}
    answer = api.post(f"cases/{case.pk}/hand", body)
    assert (answer.status_code, answer.json()["assigned_to"], answer.json()["state"]) == (200, str(colleague), "queued")


def test_a_case_is_sent_to_a_queue(api, case, token, queue):
    answer = api.post(f"cases/{case.pk}/send", {"claim_token": token, "queue": "bodies"})
    assert (answer.status_code, answer.json()["queue"], answer.json()["state"]) == (200, "bodies", "escalated")


def test_an_interest_is_declared_and_the_case_leaves_the_desk(api, case, token):
    answer = api.post(f"cases/{case.pk}/recuse", {"claim_token": token, "kind": "declared"})
    interest = Interest.objects.get()
    assert (answer.status_code, set(answer.json())) == (200, {"id", "kind", "declared_at"})
    assert (answer.json()["id"], answer.json()["kind"]) == (str(interest.pk), "declared")
    case.refresh_from_db()
    assert case.state == "queued"


# --- What is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ACTIONS)
def test_a_case_that_is_not_there_is_404(api, colleague, queue, action):
    body = bodies("x", colleague)[action]
    problem(api.post(f"cases/{uuid4()}/{action}", body), 404, "not_found")


@pytest.mark.parametrize("action", ACTIONS)
def test_an_artist_finds_none_of_it(case, artist, colleague, queue, action):
    before = events(case)
    address = f"/api/v1/review/cases/{case.pk}/{action}/"
    client = Client()
    client.force_login(artist)
    answer = client.post(address, bodies("x", colleague)[action], content_type="application/json")
    assert answer.status_code in {403, 404}
    assert events(case) == before


@pytest.mark.parametrize("action", ACTIONS)
def test_a_field_that_is_none_is_refused_and_changes_nothing(api, case, token, colleague, queue, action):
    before = events(case)
    body = bodies(token, colleague)[action] | {"tokne": "x"}
    found = problem(api.post(f"cases/{case.pk}/{action}", body), 400, "unknown_field")
    assert [error["field"] for error in found["errors"]] == ["tokne"]
    assert events(case) == before


@pytest.mark.parametrize("action", ["pass", "hold", "hand", "send", "recuse"])
def test_another_windows_token_changes_nothing(api, case, token, colleague, queue, action):
    before = events(case)
    found = problem(api.post(f"cases/{case.pk}/{action}", bodies("wrong", colleague)[action]), 409, "claim_elsewhere")
    assert (found["case_state"], found["case_version"]) == ("claimed", 2)
    assert events(case) == before


@pytest.mark.parametrize("action", ["pass", "hold", "hand", "send", "recuse"])
def test_sent_again_nothing_happens_twice(api, case, token, colleague, queue, action):
    body = bodies(token, colleague)[action]
    assert api.post(f"cases/{case.pk}/{action}", body).status_code == 200
    before = events(case)
    again = api.post(f"cases/{case.pk}/{action}", body)
    status, code = {
        "pass": (200, None),
        "hold": (403, "not_yours"),
        "hand": (403, "not_yours"),
        "send": (403, "leads_only"),
        "recuse": (409, "claim_lost"),
    }[action]
    assert (again.status_code, again.json().get("code")) == (status, code), again.content
    assert events(case) == before


@pytest.mark.parametrize("action", ["hold", "hand", "send"])
def test_without_a_claim_only_leads_see_to_a_waiting_case(api, lead_api, case, colleague, queue, action):
    body = bodies("", colleague)[action]
    body.pop("claim_token")
    problem(api.post(f"cases/{case.pk}/{action}", body), 403, "not_yours")
    assert lead_api.post(f"cases/{case.pk}/{action}", body).status_code == 200


@pytest.mark.parametrize(
    ("action", "change", "field"),
    [
        ("hold", {"until": in_hours(-1)}, "until"),
        ("hold", {"until": in_hours(24 * 15)}, "until"),
        ("hold", {"until": "tomorrow"}, "until"),
        ("hold", {"note": ""}, "note"),
        ("hand", {"reviewer": "nobody@example.org"}, "reviewer"),
        ("hand", {"reviewer": "no address"}, "reviewer"),
        ("send", {"queue": "closed"}, "queue"),
        ("recuse", {"kind": "bored"}, "kind"),
    ],
)
def test_what_does_not_fit_is_named_and_the_claim_stays(api, case, token, colleague, queue, action, change, field):
    found = problem(api.post(f"cases/{case.pk}/{action}", bodies(token, colleague)[action] | change), 400, "invalid")
    assert [error["field"] for error in found["errors"]] == [field]
    assert case.claims.filter(ended_at=None).exists()


def test_an_artist_is_nobody_to_hand_a_case_to(api, case, token, artist):
    body = {"claim_token": token, "reviewer": artist.email}
    found = problem(api.post(f"cases/{case.pk}/hand", body), 400, "invalid")
    assert found["errors"][0]["reason"] == "There is no such reviewer."


def test_only_whoever_put_it_on_hold_or_a_lead_takes_it_off(api, other_api, lead_api, case, token, colleague):
    api.post(f"cases/{case.pk}/hold", bodies(token, colleague)["hold"])
    problem(other_api.post(f"cases/{case.pk}/unhold"), 403, "not_yours")
    assert lead_api.post(f"cases/{case.pk}/unhold").status_code == 200


def test_a_case_that_was_withdrawn_is_gone(api, case, token, artist, colleague, queue):
    services.withdraw(actor=artist, case=case)
    for action in ("hold", "hand", "send", "pass", "recuse"):
        answer = api.post(f"cases/{case.pk}/{action}", bodies(token, colleague)[action])
        assert answer.json()["detail"].startswith("The artist withdrew the submission"), (action, answer.content)
        assert answer.status_code == 409


# --- Saved filters -----------------------------------------------------------------------------------------------


def test_a_filter_is_kept_listed_replaced_and_forgotten(api, other_api):
    body = {"name": " Bodies  first ", "query": {"topic": ["nudity"], "state": ["queued"]}}
    made = api.post("filters", body)
    assert (made.status_code, set(made.json())) == (201, {"id", "name", "query"})
    assert (made.json()["name"], made.json()["query"]) == ("Bodies first", body["query"])
    again = api.post("filters", body)
    assert (again.status_code, again.json()) == (201, made.json())
    assert api.get("filters").json() == [made.json()]
    assert other_api.get("filters").json() == []
    problem(other_api.delete(f"filters/{made.json()['id']}"), 404, "not_found")
    assert api.delete(f"filters/{made.json()['id']}").status_code == 204
    problem(api.delete(f"filters/{made.json()['id']}"), 404, "not_found")
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    ("body", "code", "fields"),
    [
        ({"name": "A", "query": {"topic": ["nudity"]}, "nmae": "B"}, "unknown_field", ["nmae"]),
        ({"name": "A", "query": {"topic": ["nudity"], "tpoic": ["text"]}}, "invalid", ["query.tpoic"]),
        ({"name": "A", "query": {"topic": ["sunshine"]}}, "invalid", ["topic"]),
        ({"name": "A", "query": {"state": ["decided"]}}, "invalid", ["state"]),
        ({"name": "A", "query": {}}, "invalid", ["query"]),
        ({"name": " ", "query": {"topic": ["nudity"]}}, "invalid", ["name"]),
        ({"query": {"topic": ["nudity"]}}, "invalid", ["name"]),
    ],
)
def test_a_filter_that_asks_for_what_is_not_there_is_refused(api, body, code, fields):
    found = problem(api.post("filters", body), 400, code)
    assert [error["field"] for error in found["errors"]] == fields
    assert not SavedFilter.objects.exists()


def test_there_is_room_for_twenty_filters(api):
    for number in range(20):
        assert api.post("filters", {"name": f"F{number}", "query": {"topic": ["nudity"]}}).status_code == 201
    problem(api.post("filters", {"name": "One more", "query": {"topic": ["nudity"]}}), 409, "too_many_filters")
    assert api.post("filters", {"name": "F3", "query": {"topic": ["text"]}}).status_code == 201
