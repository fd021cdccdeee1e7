"""I1: a private video answers everybody but its owner exactly as a video that does not exist.

Who asks × what for × how they ask; the answer is compared, byte for byte and header for header, with the one that the
same person gets for an identifier that nobody ever used.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts import services as account_services
from accounts.states import Scope
from common.ids import uuid7
from review import services as review_services
from review.models import Claim
from tests.factories import AdminFactory, ParticipantFactory, PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video, share
from tests.permissions.world import addresses
from videos import services
from videos.models import Video

MISSING = uuid.UUID("01900000-0000-7000-8000-000000000000")
UNKNOWN_TOKEN = "A" * 22
KINDS = ("original", "av1", "share_copy", "poster", "storyboard", "captions")


def _addresses_of_videos() -> Iterator[str]:
    """Every address there is under a video, as the URLconf has them."""
    for _name, pattern, _view in addresses():
        if pattern.startswith(("videos/<", "api/v1/videos/<")):
            address = "/" + re.sub(r"<uuid:\w+>", "{id}", pattern)
            yield from (address.replace("<str:kind>", kind) for kind in (KINDS if "<str:kind>" in address else ("",)))


ADDRESSES = tuple(_addresses_of_videos())
SHARE_ADDRESSES = ["/s/{token}/", *(f"/s/{{token}}/media/{kind}" for kind in KINDS)]
OUTSIDERS = (
    "anonymous",
    "other artist",
    "admin",
    "reviewer",
    "reviewer of another video",
    "reviewer whose claim lapsed",
    "reviewer who let go",
    "reviewer who decided",
)


def submitted(owner=None) -> tuple[Video, object]:
    video = make_finished_video(owner=owner)
    return video, review_services.submit(actor=video.owner, video=video, note="")


def outsider(who: str, video: Video) -> Client:
    """Somebody who may not see `video`, signed in."""
    client = Client()
    if who == "anonymous":
        return client
    if who == "other artist":
        person = ParticipantFactory().user
    elif who == "admin":
        person = AdminFactory()
    else:
        person = ReviewerFactory()
    if who == "reviewer of another video":
        _other, case = submitted()
        review_services.claim(actor=person, case=case)
    elif who.startswith("reviewer w"):
        _claimed_once(who, person, video)
    client.force_login(person)
    return client


def _claimed_once(who: str, reviewer, video: Video) -> None:
    case = review_services.submit(actor=video.owner, video=video, note="")
    claim, token = review_services.claim(actor=reviewer, case=case)
    if who.endswith("lapsed"):
        Claim.objects.filter(pk=claim.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    elif who.endswith("let go"):
        review_services.release(actor=reviewer, case=case, token=token)
    else:
        case.refresh_from_db()
        review_services.decide(
            actor=reviewer,
            case=case,
            claim_token=token,
            case_version=case.version,
            outcome="reject",
            reason_code="violence",
            artist_message="Not like this.",
            shown={r.kind: r.sha256 for r in video.renditions.exclude(kind="original")},
        )


def ways(video: Video, pattern: str) -> dict[str, tuple[str, dict[str, str], str]]:
    """Name -> method, headers, query: every way to read for bytes, and every method for the rest."""
    plain: dict[str, tuple[str, dict[str, str], str]] = {"plain": ("get", {}, ""), "head": ("head", {}, "")}
    kind = pattern.rpartition("/")[2]
    if not kind:
        return plain | {method: (method, {}, "") for method in ("post", "put", "patch", "delete")}
    rendition = video.renditions.filter(kind=kind).first()
    etag = f'"{rendition.sha256 if rendition else "x"}"'
    return plain | {
        "download": ("get", {}, "?download=1"),
        "range": ("get", {"Range": "bytes=0-9"}, ""),
        "range after the end": ("get", {"Range": "bytes=999999999-"}, ""),
        "if-none-match": ("get", {"If-None-Match": etag}, ""),
        "if-none-match any": ("get", {"If-None-Match": "*"}, ""),
        "if-match": ("get", {"If-Match": '"x"'}, ""),
        "if-range": ("get", {"Range": "bytes=0-9", "If-Range": etag}, ""),
        "if-modified-since": ("get", {"If-Modified-Since": "Wed, 21 Oct 2065 07:28:00 GMT"}, ""),
    }


def answer(client: Client, method: str, address: str, headers: dict[str, str]) -> tuple:
    """Everything that can be told apart from outside, less what is random in every answer."""
    response = getattr(client, method)(address, headers={**headers, "X-Request-ID": "the-same-id"})
    assert not response.streaming
    told = {name.lower(): re.sub(r"nonce-[^']+", "nonce", value) for name, value in response.items()}
    return response.status_code, told, response.content, sorted(response.cookies)


@pytest.fixture(autouse=True)
def _policy(db) -> None:
    PolicyVersionFactory()


@pytest.mark.parametrize("who", OUTSIDERS)
def test_a_private_video_is_a_missing_video(who, finished_video):
    services.ensure_share_copy(actor=finished_video.owner, video=finished_video)
    client = outsider(who, finished_video)
    for pattern in ADDRESSES:
        if who == "admin" and pattern.endswith("/take-down/"):
            continue  # the one thing that an admin does to works they may not see
        codes = set()
        for way, (method, headers, query) in ways(finished_video, pattern).items():
            hidden = answer(client, method, pattern.format(id=finished_video.pk) + query, headers)
            missing = answer(client, method, pattern.format(id=MISSING) + query, headers)
            assert hidden == missing, f"{pattern} by {way}"
            codes.add(hidden[0])
        # 405: the address knows no such method, whatever the video.
        assert 404 in codes, pattern
        assert codes <= {404, 405}, pattern


@pytest.mark.parametrize("end", ["revoked", "taken down", "approval voided"])
def test_an_ended_share_is_a_share_that_never_was(end, finished_video):
    grant = share(finished_video)
    client = Client()
    for pattern in SHARE_ADDRESSES:
        opened = pattern.rpartition("/")[2] in ("", "share_copy", "poster", "storyboard")
        assert client.get(pattern.format(token=grant.token)).status_code == (200 if opened else 404), pattern
    if end == "revoked":
        services.revoke_share(actor=finished_video.owner, grant=grant)
    elif end == "taken down":
        services.take_down(actor=AdminFactory(), video=finished_video, decision_id=uuid7())
    else:
        services.void_approval(actor=AdminFactory(), video=finished_video, reason="Looked again")
    for pattern in SHARE_ADDRESSES:
        for way, (method, headers, query) in ways(finished_video, pattern).items():
            closed = answer(client, method, pattern.format(token=grant.token) + query, headers)
            unknown = answer(client, method, pattern.format(token=UNKNOWN_TOKEN) + query, headers)
            assert closed == unknown, f"{pattern} by {way}"
            assert closed[0] == (404 if method in ("get", "head") else 405), f"{pattern} by {way}"


def test_a_share_opens_its_own_address_and_nothing_else(shared_video):
    """A live share is no reason to answer at the addresses of insiders."""
    for who in ("anonymous", "other artist"):
        client = outsider(who, shared_video)
        for pattern in ADDRESSES:
            given = answer(client, "get", pattern.format(id=shared_video.pk), {})
            assert given[0] in (404, 405), pattern


def test_the_owner_sees_all_and_a_reviewer_with_the_case_all_but_the_original(finished_video):
    owner, reviewer = Client(), Client()
    owner.force_login(finished_video.owner)
    case = review_services.submit(actor=finished_video.owner, video=finished_video, note="")
    person = ReviewerFactory()
    reviewer.force_login(person)
    _claim, token = review_services.claim(actor=person, case=case)
    for prefix in ("/videos/{id}/media/", "/api/v1/videos/{id}/renditions/"):
        for kind in ("original", "share_copy", "poster", "storyboard"):
            address = prefix.format(id=finished_video.pk) + kind
            assert owner.get(address).status_code == 200
            assert reviewer.get(address).status_code == (404 if kind == "original" else 200), address
    review_services.release(actor=person, case=case, token=token)
    assert reviewer.get(f"/videos/{finished_video.pk}/media/share_copy").status_code == 404


def test_a_withdrawn_submission_closes_the_video_at_the_next_request(finished_video):
    case = review_services.submit(actor=finished_video.owner, video=finished_video, note="")
    person, client = ReviewerFactory(), Client()
    client.force_login(person)
    review_services.claim(actor=person, case=case)
    address = f"/videos/{finished_video.pk}/media/share_copy"
    assert client.get(address, headers={"Range": "bytes=0-9"}).status_code == 206
    review_services.withdraw(actor=finished_video.owner, case=case)
    assert client.get(address, headers={"Range": "bytes=10-19"}).status_code == 404


# --- Tokens -----------------------------------------------------------------------------------------------------------
def bearer(person, *scopes: Scope) -> dict[str, str]:
    token, plain = account_services.create_token(
        actor=person, name="test", scopes=[s for s in scopes if s != Scope.MEDIA_PRIVATE] or [Scope.VIDEOS_READ], days=1
    )
    if Scope.MEDIA_PRIVATE in scopes:
        account_services.grant_private_media(actor=AdminFactory(), token=token)
    return {"Authorization": f"Bearer {plain}"}


def test_a_token_is_worth_little_without_the_scope_that_an_admin_grants(finished_video, client):
    address = f"/api/v1/videos/{finished_video.pk}/renditions/original"
    everything_else = [
        scope for scope in Scope if scope not in (Scope.MEDIA_PRIVATE, Scope.REVIEW, Scope.PROGRAMME_ADMIN)
    ]
    refusal = client.get(address, headers=bearer(finished_video.owner, *everything_else))
    assert (refusal.status_code, refusal.json()["code"]) == (403, "scope_missing")
    granted = client.get(address, headers=bearer(finished_video.owner, Scope.MEDIA_PRIVATE))
    assert granted.status_code == 200


def test_another_artists_token_learns_nothing_whatever_its_scopes(finished_video, client):
    headers = bearer(ParticipantFactory().user, Scope.VIDEOS_READ, Scope.VIDEOS_SHARE, Scope.MEDIA_PRIVATE)
    for pattern in ADDRESSES:
        if not pattern.startswith("/api/"):
            continue
        hidden = answer(client, "get", pattern.format(id=finished_video.pk), headers)
        missing = answer(client, "get", pattern.format(id=MISSING), headers)
        assert hidden == missing
        assert hidden[0] in (404, 405), pattern


def test_a_token_opens_no_page(finished_video, client):
    headers = bearer(finished_video.owner, Scope.VIDEOS_READ, Scope.MEDIA_PRIVATE)
    assert client.get(f"/videos/{finished_video.pk}/media/original", headers=headers).status_code == 404


# --- Lists, and tricks with the address -------------------------------------------------------------------------------
def test_lists_hold_ones_own_videos_only(finished_video, video_maker, client):
    mine = video_maker()
    client.force_login(mine.owner)
    listed = client.get("/api/v1/videos/").json()["results"]
    assert [row["id"] for row in listed] == [str(mine.pk)]
    client.force_login(ReviewerFactory())
    assert client.get("/api/v1/videos/").json()["results"] == []


@pytest.mark.parametrize(
    "tail",
    [
        "original/",
        "original/..",
        "../media/original",
        "original%2f",
        "..%2foriginal",
        "%2e%2e/original",
        "%252e%252e%252foriginal",
        "poster/../original",
        "poster%2f..%2foriginal",
        "original%00",
        "original;poster",
        "ORIGINAL",
        "poster?kind=original",
        "original?id=x&kind=poster",
        "%6frigina%6c%2e",
    ],
)
def test_tricks_with_the_path_lead_nowhere(finished_video, tail):
    """Keys are never made from addresses; what the resolver does not know is missing, for everybody alike."""
    services.ensure_share_copy(actor=finished_video.owner, video=finished_video)
    client = Client()
    for address in (f"/videos/{finished_video.pk}/media/{tail}", f"/videos/{finished_video.pk}/media//{tail}"):
        assert client.get(address).status_code in (404, 400), address


@pytest.mark.parametrize("prefix", ["/protected-media/", "/media/", "/files/", "/static/", "/private/", "/static/../"])
def test_no_address_leads_to_a_storage_key(finished_video, client, prefix):
    client.force_login(finished_video.owner)
    for rendition in finished_video.renditions.all():
        assert client.get(prefix + rendition.storage_key).status_code == 404


def test_writing_to_a_strangers_video_changes_nothing(finished_video):
    client = Client()
    client.force_login(ParticipantFactory().user)
    before = Video.objects.values().get(pk=finished_video.pk)
    for method, tail in (("patch", ""), ("post", "shares/"), ("post", "shares/revoke/"), ("post", "take-down/")):
        for video_id in (finished_video.pk, MISSING):
            address = f"/api/v1/videos/{video_id}/{tail}"
            response = getattr(client, method)(address, {"title": "x", "reason": "x"}, content_type="application/json")
            assert response.status_code == 404
    assert Video.objects.values().get(pk=finished_video.pk) == before
