"""The public page: the film, its credits, and nothing else."""

from __future__ import annotations

import pytest

from common.ids import uuid7
from tests.media import share
from videos import services as videos

pytestmark = pytest.mark.django_db


@pytest.fixture
def grant(cast, take_of):
    return share(take_of(1, title="Tin roof", prompt="a secret prompt").video)


def test_it_shows_film_title_credit_and_that_it_was_generated(cast, grant):
    page = cast.as_().get(f"/s/{grant.token}/").content.decode()
    for words in ("Tin roof", "Mira Okonkwo", "AI-generated", f"/s/{grant.token}/media/share_copy"):
        assert words in page


def test_it_tells_nothing_of_the_owner_or_the_inside(cast, grant):
    page = cast.as_().get(f"/s/{grant.token}/").content.decode()
    for secret in ("a secret prompt", cast.artist.email, str(grant.video_id), "/studio/", "csrf"):
        assert secret not in page


def test_its_previews_have_absolute_addresses(cast, grant, settings):
    settings.SITE_URL = "https://dailies.example"
    page = cast.as_().get(f"/s/{grant.token}/").content.decode()
    address = f"https://dailies.example/s/{grant.token}/"
    assert f'<meta property="og:url" content="{address}">' in page
    assert f'<meta property="og:image" content="{address}media/poster">' in page
    assert f'<meta property="og:video" content="{address}media/share_copy">' in page
    assert '<meta name="twitter:card" content="summary_large_image">' in page


def test_search_engines_and_caches_keep_nothing_of_it(cast, grant):
    response = cast.as_().get(f"/s/{grant.token}/")
    assert "no-store" in response["Cache-Control"]
    assert 'content="noindex' in response.content.decode()


def test_it_is_the_same_for_everybody_signed_in_or_not(cast, grant):
    page = cast.as_().get(f"/s/{grant.token}/").content
    assert cast.as_(cast.artist).get(f"/s/{grant.token}/").content == page
    assert cast.as_(cast.outsider).get(f"/s/{grant.token}/").content == page


def test_revoked_taken_down_and_unknown_are_the_same_404(cast, grant, take_of):
    taken_down = share(take_of(2).video)
    videos.take_down(actor=cast.admin, video=taken_down.video, decision_id=uuid7())
    videos.revoke_share(actor=cast.artist, grant=grant)
    client = cast.as_()
    answers = [client.get(f"/s/{token}/") for token in (grant.token, taken_down.token, "A" * 22, "short", "%00")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_it_asks_few_queries(cast, grant, django_assert_num_queries):
    # the live share with its owner; the approved renditions
    with django_assert_num_queries(2):
        cast.as_().get(f"/s/{grant.token}/")
