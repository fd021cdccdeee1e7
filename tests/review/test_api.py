"""The review through the API: the whole way, who is let in, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from review import services
from review.models import Decision, ReviewCase
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory
from tests.review.desk import bearer, lapse

REVIEW = "/api/v1/review"


class Caller:
    """A person with a token, as a program sees the API."""

    def __init__(self, client: Any, person: Any, *scopes: str) -> None:
        self.client = client
        self.headers = bearer(person, *scopes)

    def get(self, address: str) -> Any:
        return self.client.get(address, headers=self.headers)

    def post(self, address: str, body: Any = None) -> Any:
        text = json.dumps(body if body is not None else {})
        return self.client.post(address, text, content_type="application/json", headers=self.headers)


@pytest.fixture
def desk(client, reviewer) -> Caller:
    return Caller(client, reviewer, "review")


@pytest.fixture
def studio(client, artist) -> Caller:
    return Caller(client, artist, "videos:read", "videos:share")


def test_the_whole_way_from_submission_to_decision(studio, desk, finished_video, policy):
    address = f"/api/v1/videos/{finished_video.pk}/submissions/"
    submitted = studio.post(address, {"note": "For the festival."})
    assert submitted.status_code == 201
    assert (submitted.json()["state"], submitted.json()["place"]) == ("queued", 1)

    row = desk.get(f"{REVIEW}/cases/").json()["results"][0]
    assert set(row) == {
        "id", "kind", "state", "waiting_since", "due_at", "queue", "topics", "language", "model", "round", "seconds",
        "width", "height", "size", "claimed_by_me", "claimed_by", "can_claim", "on_hold_until",
    }  # fmt: skip
    claimed = desk.post(f"{REVIEW}/cases/{row['id']}/claim/")
    assert claimed.status_code == 201
    assert claimed.headers["Cache-Control"] == "private, no-store"
    case = claimed.json()
    assert (case["note"], case["version"]) == ("For the festival.", 2)
    for rendition in case["renditions"]:
        assert desk.get(rendition["url"]).status_code == 200
    assert "claim_token" not in desk.get(f"{REVIEW}/cases/{row['id']}/").json()

    renewed = desk.post(f"{REVIEW}/cases/{row['id']}/renew/", {"claim_token": case["claim_token"]})
    assert renewed.status_code == 200
    assert renewed.json()["expires_at"] >= case["expires_at"]

    body = {
        "claim_token": case["claim_token"],
        "case_version": case["version"],
        "outcome": "request_changes",
        "reason": "violence",
        "artist_message": "At 0:03.",
        "shown": {rendition["kind"]: rendition["sha256"] for rendition in case["renditions"]},
    }
    decided = desk.post(f"{REVIEW}/cases/{row['id']}/decisions/", body)
    assert decided.status_code == 201
    assert decided.json()["renditions"] == body["shown"]

    seen = studio.get(address).json()["results"][0]
    assert (seen["state"], seen["place"]) == ("decided", None)
    assert seen["decision"]["message"] == "At 0:03."
    assert "Rosa" not in json.dumps(seen)


def test_the_next_case_and_none(desk, case):
    assert desk.post(f"{REVIEW}/next/").json()["id"] == str(case.pk)
    assert desk.post(f"{REVIEW}/next/").status_code == 204


def test_the_artist_withdraws_once(studio, case):
    address = f"/api/v1/submissions/{case.pk}/withdraw/"
    assert studio.post(address).json()["state"] == "withdrawn"
    again = studio.post(address)
    assert (again.status_code, again.json()["code"]) == (409, "case_closed")


def test_everybody_in_the_programme_reads_the_policy(client, policy):
    for person, scope in ((ParticipantFactory().user, "generations:read"), (ReviewerFactory(), "review")):
        answer = Caller(client, person, scope).get("/api/v1/policy/")
        assert [reason["code"] for reason in answer.json()["reasons"]] == [
            "real-person",
            "violence",
            "third-party-rights",
        ]
    assert client.get("/api/v1/policy/").status_code == 401


def addresses(case: ReviewCase) -> list[tuple[str, str]]:
    one = f"{REVIEW}/cases/{case.pk}"
    return [
        ("get", f"{REVIEW}/cases/"),
        ("post", f"{REVIEW}/next/"),
        ("get", f"{one}/"),
        ("post", f"{one}/claim/"),
        ("post", f"{one}/renew/"),
        ("post", f"{one}/release/"),
        ("post", f"{one}/decisions/"),
    ]


def test_to_people_who_are_no_reviewers_the_desk_does_not_exist(client, case, artist):
    for person in (artist, ParticipantFactory().user, AdminFactory()):
        caller = Caller(client, person, "videos:read", "videos:share")
        for method, address in addresses(case):
            answer = getattr(caller, method)(address)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), address


def test_a_reviewers_token_without_the_scope_does_nothing_at_the_desk(client, case, reviewer):
    caller = Caller(client, reviewer, "videos:read")
    for method, address in addresses(case):
        answer = getattr(caller, method)(address)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), address
    case.refresh_from_db()
    assert case.state == "queued"


def test_a_case_is_hidden_without_ones_own_live_claim(client, case, reviewer, colleague, token):
    missing = Caller(client, colleague, "review").get(f"{REVIEW}/cases/0191d6a0-0000-7000-8000-000000000000/").json()
    hidden = Caller(client, colleague, "review").get(f"{REVIEW}/cases/{case.pk}/")
    assert hidden.status_code == 404
    assert hidden.json() | {"request_id": ""} == missing | {"request_id": ""}
    desk = Caller(client, reviewer, "review")
    assert desk.get(f"{REVIEW}/cases/{case.pk}/").status_code == 200
    lapse(case)
    assert desk.get(f"{REVIEW}/cases/{case.pk}/").status_code == 404


def test_another_artists_video_cannot_be_submitted_listed_or_withdrawn(client, case):
    stranger = Caller(client, ParticipantFactory().user, "videos:read", "videos:share")
    address = f"/api/v1/videos/{case.video_id}/submissions/"
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"note": ""}).status_code == 404
    assert stranger.post(f"/api/v1/submissions/{case.pk}/withdraw/").status_code == 404


def test_ones_own_work_is_refused_to_a_reviewer(client, video_maker, policy):
    owner = ReviewerFactory()
    case = services.submit(actor=owner, video=video_maker(owner=owner), note="")
    desk = Caller(client, owner, "review")
    assert desk.get(f"{REVIEW}/cases/").json()["results"] == []
    answer = desk.post(f"{REVIEW}/cases/{case.pk}/claim/")
    assert (answer.status_code, answer.json()["code"]) == (403, "own_work")


def test_a_held_case_answers_409_with_a_sentence(client, case, token, colleague):
    answer = Caller(client, colleague, "review").post(f"{REVIEW}/cases/{case.pk}/claim/")
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"].startswith("Rosa Reviewer claimed this case at")
    assert answer.json()["case_state"] == "claimed"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"outcome": "maybe"}, "outcome"),
        ({"case_version": -1}, "case_version"),
        ({"case_version": 10**30}, "case_version"),
        ({"case_version": "two"}, "case_version"),
        ({"shown": []}, "shown"),
        ({"shown": {"share_copy": "short"}}, "shown.share_copy"),
        ({"shown": {"secret": "0" * 64}}, "shown.secret"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 100}, "reason"),
        ({"artist_message": "\x00"}, "artist_message"),
        ({"artist_message": "x" * 100_000}, "artist_message"),
        ({"internal_note": {}}, "internal_note"),
        ({"claim_token": None}, "claim_token"),
        ({"reasn": "typo"}, "reasn"),
    ],
)
def test_bad_decisions_name_the_field_and_write_nothing(desk, case, token, change, field):
    body = {
        "claim_token": token,
        "case_version": 2,
        "outcome": "reject",
        "reason": "violence",
        "artist_message": "At 0:03.",
        "shown": {},
    }
    answer = desk.post(f"{REVIEW}/cases/{case.pk}/decisions/", body | change)
    assert answer.status_code == 400
    allowed = {error["field"]: error["allowed"] for error in answer.json()["errors"]}
    assert allowed[field]
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("change", "field", "allowed"),
    [
        ({"outcome": "maybe"}, "outcome", "approve, request_changes, reject, escalate"),
        ({"case_version": -1}, "case_version", "a whole number from 1 to 2147483647"),
        ({"reason": "x" * 100}, "reason", "text of 0 to 40 characters"),
        ({"claim_token": None}, "claim_token", "text of 1 to 100 characters"),
        ({"shown": []}, "shown", "an object"),
        ({"shown": {"share_copy": "short"}}, "shown.share_copy", "text that fits ^[0-9a-f]{64}$"),
    ],
)
def test_a_bad_decision_says_what_is_allowed_instead(desk, case, token, change, field, allowed):
    body = {"claim_token": token, "case_version": 2, "outcome": "approve", "shown": {}}
    answer = desk.post(f"{REVIEW}/cases/{case.pk}/decisions/", body | change)
    assert {error["field"]: error["allowed"] for error in answer.json()["errors"]} == {field: allowed}


@pytest.mark.parametrize("text", ["{", "[]", '"x"', "7", "null"])
def test_bodies_that_are_no_objects_are_refused(client, desk, case, text):
    for address in (f"{REVIEW}/cases/{case.pk}/decisions/", f"{REVIEW}/cases/{case.pk}/claim/", f"{REVIEW}/next/"):
        answer = client.post(address, text, content_type="application/json", headers=desk.headers)
        assert answer.status_code == 400, (address, answer.content)


def test_the_queue_asks_as_many_queries_for_five_cases_as_for_one(
    desk, video_maker, policy, django_assert_max_num_queries
):
    desk.get(f"{REVIEW}/cases/")  # the token's first use is noted once
    counts = []
    for number in (1, 4):
        for _ in range(number):
            video = video_maker()
            services.submit(actor=video.owner, video=video, note="")
        with django_assert_max_num_queries(20) as queries:
            desk.get(f"{REVIEW}/cases/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
