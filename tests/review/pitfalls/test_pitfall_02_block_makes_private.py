"""Pitfall 2: a block that does not make the files private, or that some earlier check lets through.

The attack: a work is public, the programme takes it down or suspends it, and somebody who has every address and claim
from before asks again, in whatever part.
"""

from __future__ import annotations

import pytest

from common.errors import Conflict
from common.ids import uuid7
from review import services
from review.services.reports import PUBLIC
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory
from tests.media import share
from tests.review.desk import decide
from videos import services as videos
from videos.models import ShareGrant, Video
from videos.states import Enforcement, RenditionKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(finished_video, policy) -> ShareGrant:
    return share(finished_video)


def by_admin(grant: ShareGrant) -> None:
    videos.take_down(actor=AdminFactory(), video=grant.video, decision_id=uuid7())


def by_report(grant: ShareGrant) -> None:
    report, _token = services.report(actor=PUBLIC, grant=grant, category="violence", body="It shows a killing.")
    reviewer = ReviewerFactory()
    _claim, token = services.claim(actor=reviewer, case=report.case)
    decide(reviewer, report.case, token, "reject")


def by_suspension(grant: ShareGrant) -> None:
    """As an incident does. The database refuses it while the work is shared; the approval stands all the same."""
    videos.revoke_share(actor=AdminFactory(), grant=grant)
    Video.objects.filter(pk=grant.video_id).update(enforcement=Enforcement.SUSPENDED)


BLOCKS = pytest.mark.parametrize("block", [by_admin, by_report, by_suspension])


def opened(client, grant: ShareGrant) -> list[str]:
    """What still answers to the public, to another artist, to a reviewer and to an admin."""
    addresses = [f"/s/{grant.token}/", f"/s/{grant.token}/report/"]
    for kind in RenditionKind.values:
        addresses += [f"/s/{grant.token}/media/{kind}", f"/videos/{grant.video_id}/media/{kind}"]
        addresses.append(f"/api/v1/videos/{grant.video_id}/renditions/{kind}")
    found = []
    for stranger in (None, ParticipantFactory().user, ReviewerFactory(), AdminFactory()):
        client.logout()
        if stranger:
            client.force_login(stranger)
        for address in addresses:
            answers = [client.get(address), client.get(address, headers={"Range": "bytes=0-9"}), client.head(address)]
            found += [f"{stranger} {address}" for answer in answers if answer.status_code != 404]
    return found


@BLOCKS
def test_a_block_closes_every_address_at_once(client, grant, block):
    assert client.get(f"/s/{grant.token}/media/share_copy").status_code == 200
    block(grant)
    assert opened(client, grant) == []


@BLOCKS
def test_nothing_brings_a_blocked_work_back_but_a_decision(grant, block):
    block(grant)
    artist, video = grant.video.owner, Video.objects.get(pk=grant.video_id)
    with pytest.raises(Conflict):
        services.submit(actor=artist, video=video)
    with pytest.raises(Conflict):
        videos.trim(actor=artist, video=video, first_frame=1, last_frame=3)
    with pytest.raises(Conflict):
        videos.share(actor=artist, video=video)
    video.refresh_from_db()
    assert video.enforcement in {Enforcement.SUSPENDED, Enforcement.TAKEN_DOWN}


@BLOCKS
def test_its_owner_alone_still_has_it(client, grant, block):
    block(grant)
    client.force_login(grant.video.owner)
    assert client.get(f"/videos/{grant.video_id}/media/original").status_code == 200


def test_a_claim_from_before_the_block_shows_what_it_showed_and_never_the_original(client, grant):
    """Whoever decides about a report needs to see the work, also when an admin was faster."""
    report, _token = services.report(actor=PUBLIC, grant=grant, category="violence", body="It shows a killing.")
    reviewer = ReviewerFactory()
    services.claim(actor=reviewer, case=report.case)
    by_admin(grant)
    client.force_login(reviewer)
    assert client.get(f"/videos/{grant.video_id}/media/share_copy").status_code == 200
    assert client.get(f"/videos/{grant.video_id}/media/original").status_code == 404
