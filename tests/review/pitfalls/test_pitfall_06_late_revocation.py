"""Pitfall 6: an authorisation that is remembered: caches, `max-age`, addresses that outlive a take-down.

The attack: somebody watches a shared work, keeps its addresses, validators and half a download, and goes on after the
share has ended; or a reviewer goes on with a claim that is over.
"""

from __future__ import annotations

import pytest

from common.ids import uuid7
from review import services
from tests.factories import AdminFactory, ReviewerFactory
from tests.media import share
from tests.review.desk import decide, lapse
from videos.models import ShareGrant
from videos.services import revoke_share, take_down, void_approval

pytestmark = pytest.mark.django_db
KINDS = ("share_copy", "poster", "storyboard")


@pytest.fixture
def grant(finished_video) -> ShareGrant:
    return share(finished_video)


def revoked(grant: ShareGrant) -> None:
    revoke_share(actor=grant.video.owner, grant=grant)


def taken_down(grant: ShareGrant) -> None:
    take_down(actor=AdminFactory(), video=grant.video, decision_id=uuid7())


def voided(grant: ShareGrant) -> None:
    void_approval(actor=ReviewerFactory(), video=grant.video, reason="On second thoughts")


@pytest.mark.parametrize("end", [revoked, taken_down, voided])
@pytest.mark.parametrize("kind", KINDS)
def test_the_next_request_gets_nothing_whatever_it_remembers(client, grant, end, kind):
    address = f"/s/{grant.token}/media/{kind}"
    first = client.get(address, headers={"Range": "bytes=0-9"})
    assert first.status_code == 206
    end(grant)
    remembered = (
        {},
        {"Range": "bytes=10-19"},
        {"Range": "bytes=10-", "If-Range": first["ETag"]},
        {"If-None-Match": first["ETag"]},
        {"If-None-Match": "*"},
    )
    answers = [client.get(address, headers=headers) for headers in remembered] + [client.head(address)]
    assert {answer.status_code for answer in answers} == {404}
    assert client.get(f"/s/{grant.token}/").status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_no_cache_on_the_way_keeps_anything(client, grant, kind):
    for address in (f"/s/{grant.token}/media/{kind}", f"/s/{grant.token}/", f"/s/{grant.token}/report/"):
        for headers in ({}, {"Range": "bytes=0-9"}):
            answer = client.get(address, headers=headers)
            assert "no-store" in answer["Cache-Control"], address
            assert "public" not in answer["Cache-Control"]


@pytest.mark.parametrize("end", ["lapse", "release", "decide", "withdraw"])
def test_a_claim_that_is_over_shows_nothing_more(client, case, reviewer, token, end):
    address = f"/videos/{case.video_id}/media/share_copy"
    client.force_login(reviewer)
    first = client.get(address)
    assert first.status_code == 200
    assert "no-store" in first["Cache-Control"]
    if end == "lapse":
        lapse(case)
    elif end == "release":
        services.release(actor=reviewer, case=case, token=token)
    elif end == "decide":
        decide(reviewer, case, token, "reject")
    else:
        services.withdraw(actor=case.video.owner, case=case)
    for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": first["ETag"]}):
        assert client.get(address, headers=headers).status_code == 404


def test_a_presigned_address_lives_for_a_minute_at_most(settings):
    assert settings.MEDIA_PRESIGNED_SECONDS <= 60
