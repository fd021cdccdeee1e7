"""Videos in the API."""

from __future__ import annotations

import pytest

from accounts import services as account_services
from accounts.states import Scope
from tests.media import approve, make_finished_video, mp4_bytes, share

JSON = "application/json"


@pytest.fixture
def owner(client, finished_video):
    client.force_login(finished_video.owner)
    return client


def address(video, tail: str = "") -> str:
    return f"/api/v1/videos/{video.pk}/{tail}"


def test_the_list_costs_the_same_for_one_video_and_for_many(owner, finished_video, django_assert_num_queries):
    """Queries: session, person, participant, terms (2), the page of videos with people, renditions, shares."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    owner.get("/api/v1/videos/")
    with CaptureQueriesContext(connection) as one:
        assert len(owner.get("/api/v1/videos/").json()["results"]) == 1
    for _number in range(4):
        share(make_finished_video(owner=finished_video.owner))
    with django_assert_num_queries(len(one)):
        rows = owner.get("/api/v1/videos/").json()["results"]
    assert len(rows) == 5
    assert [row["shared"] for row in rows] == [True] * 4 + [False]
    assert "who_may_see" not in rows[0]


def test_one_video(owner, finished_video):
    body = owner.get(address(finished_video)).json()
    renditions = body.pop("renditions")
    created = body.pop("created_at")
    assert created
    assert body == {
        "id": str(finished_video.pk),
        "title": "Rain on a tin roof",
        "artist": finished_video.owner.participant.public_name,
        "size": "160x96",
        "fps": 8,
        "seconds": 2.0,
        "enforcement": "private",
        "shared": False,
        "share_url": None,
        "trimmed_from": None,
        "trims": [],
        "who_may_see": ["You, when you are signed in.", "Nobody else."],
    }
    original = next(r for r in renditions if r["kind"] == "original")
    assert original["size"] == len(mp4_bytes())
    assert "storage_key" not in original
    path = original["url"].removeprefix("http://testserver")
    assert owner.get(path).getvalue() == mp4_bytes()
    assert owner.get(path, headers={"Accept": "video/mp4"}).status_code == 200
    assert owner.options(path).status_code == 405


def test_naming(owner, finished_video):
    assert owner.patch(address(finished_video), {"title": " A new name "}, JSON).json()["title"] == "A new name"
    for body in ({"title": "x" * 121}, {}, {"titel": "x"}, {"title": None}, {"title": ["x"]}, {"title": "a\x00b"}):
        refusal = owner.patch(address(finished_video), body, JSON)
        assert refusal.status_code == 400
        assert refusal.json()["errors"]
    assert owner.patch(address(finished_video), "{", JSON).status_code == 400
    assert owner.get(address(finished_video)).json()["title"] == "A new name"


def test_sharing_from_approval_to_the_end(owner, finished_video, client):
    early = owner.post(address(finished_video, "shares/"), {}, JSON)
    assert (early.status_code, early.json()["code"]) == (409, "not_approved")
    approve(finished_video)
    made = owner.post(address(finished_video, "shares/"), {"title": "Rain"}, JSON)
    assert made.status_code == 201
    again = owner.post(address(finished_video, "shares/"), {}, JSON)
    assert (again.status_code, again.json()) == (200, made.json())
    detail = owner.get(address(finished_video)).json()
    assert (detail["shared"], detail["share_url"], detail["title"]) == (True, made.json()["url"], "Rain")
    assert detail["who_may_see"][-1] == "Anybody who has the link of the share."
    ended = owner.post(address(finished_video, "shares/revoke/"), {"reason": "Too early"}, JSON)
    assert (ended.status_code, ended.json()["live"]) == (200, False)
    nothing = owner.post(address(finished_video, "shares/revoke/"), {}, JSON)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "not_shared")
    shares = owner.get(address(finished_video, "shares/")).json()["results"]
    assert [(s["live"], s["revoked_reason"]) for s in shares] == [(False, "Too early")]


@pytest.mark.parametrize(
    ("method", "tail", "scope"),
    [
        ("get", "", Scope.VIDEOS_READ),
        ("patch", "", Scope.VIDEOS_SHARE),
        ("get", "shares/", Scope.VIDEOS_READ),
        ("post", "shares/", Scope.VIDEOS_SHARE),
        ("post", "shares/revoke/", Scope.VIDEOS_SHARE),
    ],
)
def test_a_token_needs_the_scope_of_what_it_does(client, finished_video, method, tail, scope):
    def call(*scopes: Scope) -> int:
        _token, plain = account_services.create_token(
            actor=finished_video.owner, name="test", scopes=list(scopes), days=1
        )
        headers = {"Authorization": f"Bearer {plain}"}
        return getattr(client, method)(address(finished_video, tail), headers=headers, content_type=JSON).status_code

    assert call(scope) != 403
    assert call(*({Scope.VIDEOS_READ, Scope.VIDEOS_SHARE, Scope.GENERATIONS_READ} - {scope})) == 403
