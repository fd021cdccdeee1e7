"""Pitfall 3: thumbnails, storyboards and captions unprotected, and addresses in the store that can be guessed.

Seen in PeerTube (#6170, #4417) and cinematacms (#396, #876).
"""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.factories import ParticipantFactory, ReviewerFactory
from tests.media import approve, make_finished_video
from videos import services
from videos.states import RenditionKind

pytestmark = pytest.mark.django_db

SIDE_KINDS = [kind for kind in RenditionKind if kind != RenditionKind.ORIGINAL]
CAPTIONS = b"WEBVTT\n\n00:00.000 --> 00:01.000\nRain.\n"


@pytest.fixture
def everything():
    """A video that has a file of every kind that a test can make, approved and yet not shared."""
    video = make_finished_video()
    services.set_captions(actor=video.owner, video=video, data=CAPTIONS, language="en")
    approve(video)
    return video


@pytest.mark.parametrize("kind", SIDE_KINDS)
@pytest.mark.parametrize("who", ["anonymous", "another artist", "a reviewer without the case"])
def test_no_side_file_of_an_approved_but_unshared_video_is_served(everything, kind, who):
    client = Client()
    if who == "another artist":
        client.force_login(ParticipantFactory().user)
    elif who != "anonymous":
        client.force_login(ReviewerFactory())
    for address in (f"/videos/{everything.pk}/media/{kind}", f"/api/v1/videos/{everything.pk}/renditions/{kind}"):
        for headers in ({}, {"Range": "bytes=0-1"}, {"If-None-Match": "*"}):
            assert client.get(address, headers=headers).status_code in {401, 404}


def test_what_the_owner_may_see_is_really_there(everything):
    """Else the test above would pass for want of files."""
    client = Client()
    client.force_login(everything.owner)
    kinds = set(everything.renditions.current().values_list("kind", flat=True))
    assert kinds >= {"original", "share_copy", "poster", "storyboard", "captions"}
    for kind in kinds:
        assert client.get(f"/videos/{everything.pk}/media/{kind}").status_code == 200


def test_a_key_in_the_store_cannot_be_guessed_from_what_anybody_knows(everything):
    keys = [rendition.storage_key for rendition in everything.renditions.all()]
    assert len(set(keys)) == len(keys)
    for key in keys:
        random_part = re.search(r"[0-9A-Za-z_-]{20,}\.\w+$", key)
        assert random_part, key
        assert str(everything.pk) not in random_part.group()
        assert str(everything.owner_id) not in key
