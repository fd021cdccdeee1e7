"""Pitfall 1: an approval that only listings respect, while the file gate serves whatever is asked for.

The attack: somebody knows every identifier of a work that is not approved, or whose approval no longer stands, and asks
for its files at each address there is.
"""

from __future__ import annotations

import itertools

import pytest

from accounts.models import User
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory
from tests.media import approve, share
from tests.review.desk import bearer
from videos.models import ShareGrant, Video
from videos.services import ensure_share_copy, void_approval
from videos.states import RenditionKind

pytestmark = pytest.mark.django_db
METHODS = ({}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"})


def addresses(video: Video, token: str = "") -> list[str]:
    """Every address at which a file of the video could be served."""
    made = [f"/videos/{video.pk}/media/{kind}" for kind in RenditionKind.values]
    made += [f"/api/v1/videos/{video.pk}/renditions/{kind}" for kind in RenditionKind.values]
    tokens = [token] if token else [str(video.pk), video.pk.hex[:22], "A" * 22]
    return made + [f"/s/{one}/media/{kind}" for one in tokens for kind in RenditionKind.values]


def served(client, video: Video, token: str = "") -> list[str]:
    """The addresses that gave anything away to the public, to another artist, to a reviewer or to an admin."""
    strangers: list[User | None] = [None, ParticipantFactory().user, ReviewerFactory(), AdminFactory()]
    found = []
    for stranger in strangers:
        client.logout()
        if stranger:
            client.force_login(stranger)
        found += [
            f"{stranger}: {address} {headers}"
            for address, headers in itertools.product(addresses(video, token), METHODS)
            if client.get(address, headers=headers).status_code != 404
        ]
    return found


def test_a_private_work_is_at_no_address(client, finished_video):
    ensure_share_copy(actor=finished_video.owner, video=finished_video)
    assert served(client, finished_video) == []


def test_an_approved_work_that_nobody_shared_is_at_no_address(client, approved_video):
    assert served(client, approved_video) == []


def test_a_work_whose_approval_was_taken_back_is_at_no_address(client, finished_video):
    token = share(finished_video).token
    assert client.get(f"/s/{token}/media/share_copy").status_code == 200
    void_approval(actor=ReviewerFactory(), video=finished_video, reason="On second thoughts")
    assert served(client, finished_video, token) == []


def test_a_share_serves_what_was_approved_and_never_the_original(client, finished_video):
    token = share(finished_video).token
    answers = {kind: client.get(f"/s/{token}/media/{kind}").status_code for kind in RenditionKind.values}
    expected = dict.fromkeys(RenditionKind.values, 404) | dict.fromkeys(["share_copy", "poster", "storyboard"], 200)
    assert answers == expected


def test_a_token_of_ones_own_opens_nobody_elses_work(client, finished_video):
    ensure_share_copy(actor=finished_video.owner, video=finished_video)
    headers = bearer(ReviewerFactory(), "videos:read", "review")
    for kind in RenditionKind.values:
        assert client.get(f"/api/v1/videos/{finished_video.pk}/renditions/{kind}", headers=headers).status_code == 404


def test_another_works_share_is_no_key(client, finished_video, video_maker):
    other = video_maker()
    approve(other)
    token = share(finished_video).token
    assert ShareGrant.objects.count() == 1
    page = client.get(f"/s/{token}/").content.decode()
    assert str(other.pk) not in page
    assert served(client, other) == []
