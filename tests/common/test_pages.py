"""Every list of the API that can grow comes in pages, by cursor, with each row once; and its schema says so."""

from __future__ import annotations

import io
import re
from uuid import uuid4

import pytest
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from accounts import services as account_services
from common.actors import System
from generation.services import images
from notifications.services import notify
from quotas import services as quota_services
from review import services as review_services
from tests.factories import (
    AdminFactory,
    GenerationFactory,
    ParticipantFactory,
    PolicyVersionFactory,
    ReviewerFactory,
    VideoFactory,
)
from tests.media import approve, make_finished_video
from tests.permissions.world import addresses
from tests.pictures_to_send import picture
from tests.review.desk import decide
from videos import services as video_services
from videos.models import Trim

pytestmark = pytest.mark.django_db
TESTER = System("test")


def generations(artist):
    for _ in range(2):
        GenerationFactory(participant=artist.participant)


def videos(artist):
    for _ in range(2):
        VideoFactory(owner=artist)


def ledger(artist):
    for _ in range(2):
        quota_services.reserve(actor=TESTER, participant=artist.participant, reservation=uuid4(), credits=1)


def notifications(artist):
    for subject in ("One", "Two"):
        notify(recipient=artist, kind="test", subject=subject, body="b")


def tokens(artist):
    for name in ("one", "two"):
        account_services.create_token(actor=artist, name=name, scopes=["videos:read"], days=3)


def pictures(artist):
    for width in (64, 80):
        data = picture(size=(width, 48))
        images.add(actor=artist, file=io.BytesIO(data), name="a.png", size=len(data))


def shares(artist):
    video = make_finished_video(owner=artist)
    approve(video)
    video_services.revoke_share(actor=artist, grant=video_services.share(actor=artist, video=video), reason="Again")
    video_services.share(actor=artist, video=video)
    return video.pk


def trims(artist):
    video = VideoFactory(owner=artist)
    for _ in range(2):
        Trim.objects.create(video=video, first_frame=1, last_frame=2)
    return video.pk


def submissions(artist):
    video = make_finished_video(owner=artist)
    review_services.withdraw(actor=artist, case=review_services.submit(actor=artist, video=video))
    review_services.submit(actor=artist, video=video)
    return video.pk


def statements(artist):
    PolicyVersionFactory()
    reviewer = ReviewerFactory()
    for _ in range(2):
        case = review_services.submit(actor=artist, video=make_finished_video(owner=artist))
        _claim, token = review_services.claim(actor=reviewer, case=case)
        decide(reviewer, case, token, "reject")


def cases(artist):
    for _ in range(2):
        review_services.submit(actor=artist, video=make_finished_video(owner=artist))


def invitations(_artist):
    for name in ("one", "two"):
        account_services.invite(actor=TESTER, email=f"{name}@example.org", staff_role="reviewer")


# What puts two rows into each list: the id of the thing that its address names, if it names one, comes back.
LISTS = {
    "api-generations": generations,
    "api-videos": videos,
    "api-ledger": ledger,
    "api-notifications": notifications,
    "api-tokens": tokens,
    "api-images": pictures,
    "api-video-shares": shares,
    "api-video-trims": trims,
    "api-submissions": submissions,
    "api-statements": statements,
    "api-review-cases": cases,
    "api-invitations": invitations,
}
# What people write by hand, a few a round, a policy or a reviewer, and what the desk cuts off at a hundred.
SHORT = {
    *("api-policy-versions", "api-submission-answers", "api-review-comments", "api-review-replies"),
    *("api-review-filters", "api-review-queues", "api-review-bulk", "api-review-bulk-candidates"),
}
NAMES = {re.sub(r"<[^>]+>", "{}", f"/{pattern}"): name for name, pattern, _view in addresses()}
READERS = {"api-review-cases": ReviewerFactory, "api-invitations": AdminFactory}


def listed() -> tuple[set[str], set[str]]:
    """The names of the addresses whose schema promises pages, and of those that promise a whole list."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    pages, whole = set(), set()
    for path, operations in paths.items():
        answers = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        schema = answers.get("application/json", {}).get("schema", {})
        name = NAMES[re.sub(r"{\w+}", "{}", path)]
        if "Paginated" in schema.get("$ref", "") or schema.get("$ref", "").endswith("Page"):
            pages.add(name)
        elif schema.get("type") == "array":
            whole.add(name)
    return pages, whole


def test_every_list_comes_in_pages_but_those_that_stay_short():
    pages, whole = listed()
    assert pages == set(LISTS)
    assert whole == SHORT


@pytest.mark.parametrize("name", LISTS)
def test_the_pages_of_a_list_follow_each_other_by_cursor(client, name):
    artist = ParticipantFactory().user
    thing = LISTS[name](artist)
    client.force_login(READERS[name]() if name in READERS else artist)
    address = reverse(name, args=[thing] if thing else [])
    whole = client.get(address).json()
    assert (len(whole["results"]), whole["next"], whole["previous"]) == (2, None, None)
    first = client.get(address, {"limit": 1}).json()
    second = client.get(first["next"]).json()
    assert first["results"] + second["results"] == whole["results"]
    assert (first["previous"], second["next"]) == (None, None)
