"""The private storage does not answer: it is said, what was typed stays, and nothing is written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, storages
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import AuditEvent
from common.ids import uuid7
from generation.models import Generation, InputImage
from review.models import ReviewCase
from tests.media import approve, share
from tests.pictures_to_send import picture
from videos import services
from videos.models import Rendition, ShareGrant

pytestmark = pytest.mark.django_db
CATALOGUE = Path(__file__).parents[1] / "generation" / "catalogue.toml"
PROMPT = {"prompt": "Rain on a tin roof", "model": "moving", "size": "320x192", "seconds": "2", "seed": ""}
REQUEST_ID = re.compile(rb'"request_id":"[^"]*"')
WORDS = "The files cannot be reached right now."


@pytest.fixture
def client(cast):
    return cast.as_(cast.artist)


@pytest.fixture
def video(take_of):
    return take_of(14).video


def file(data: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def captions() -> SimpleUploadedFile:
    return file(b"WEBVTT\n\n00:00.000 --> 00:01.000\nRain\n", "c.vtt")


def without_id(answer) -> bytes:
    return REQUEST_ID.sub(b"", answer.content)


def written() -> list[object]:
    models = (AuditEvent, Generation, InputImage, Rendition, ReviewCase)
    return [list(model.objects.order_by("pk").values()) for model in models]


@pytest.mark.parametrize(
    ("step", "fields", "kept"),
    [
        ("submit/", lambda: {"note": "For the 14th"}, "For the 14th</textarea>"),
        ("captions/", lambda: {"file": captions(), "language": "pt-BR"}, 'value="pt-BR"'),
    ],
)
def test_a_videos_page_says_so_and_keeps_what_was_typed(client, video, storage_goes_away, step, fields, kept):
    before = written()
    storage_goes_away()
    answer = client.post(f"/videos/{video.pk}/{step}", fields())
    page = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert WORDS in page
    assert kept in page
    assert written() == before


@pytest.mark.parametrize("by_htmx", [False, True])
def test_the_studio_keeps_the_prompt(client, settings, storage_goes_away, htmx, by_htmx):
    settings.CATALOGUE_FILE = CATALOGUE
    before = written()
    storage_goes_away()
    fields = PROMPT | {"upload": file(picture(), "a.png")}
    answer = client.post("/studio/", fields, headers=htmx if by_htmx else {})
    page = answer.content.decode()
    assert answer.status_code == 503
    assert WORDS in page
    assert "Rain on a tin roof</textarea>" in page
    assert "<!doctype" not in page.lower() or not by_htmx
    assert written() == before


@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [
        ("post", "/api/v1/videos/{}/submissions/", lambda: {"data": {}, "content_type": "application/json"}),
        ("post", "/api/v1/images/", lambda: {"data": {"image": file(picture(), "a.png")}}),
    ],
)
def test_the_api_says_when_to_try_again(client, video, storage_goes_away, method, path, fields):
    before = written()
    storage_goes_away()
    answer = getattr(client, method)(path.format(video.pk), **fields())
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "storage_away"
    assert answer.json()["detail"].startswith(WORDS)
    assert written() == before


def test_where_a_page_has_nothing_better_to_say_there_is_one_that_does(client, cast, storage_goes_away):
    client.post("/images/", {"image": file(picture(), "a.png")})
    address = f"/images/{InputImage.objects.get().pk}/"
    storage_goes_away()
    answer = client.get(address)
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")
    assert WORDS in answer.content.decode()
    assert cast.as_(cast.outsider).get(address).status_code == 404


def test_sharing_does_not_call_it_tampering(client, video, storage_goes_away):
    approve(video)
    before = written()
    storage_goes_away()
    page = client.post(f"/videos/{video.pk}/share/")
    api = client.post(f"/api/v1/videos/{video.pk}/shares/", {}, content_type="application/json")
    assert (page.status_code, api.status_code, api.json()["code"]) == (503, 503, "storage_away")
    assert WORDS in page.content.decode()
    assert "no longer the approved ones" not in page.content.decode()
    assert (page["Retry-After"], api["Retry-After"]) == ("5", "5")
    assert written() == before
    assert not ShareGrant.objects.exists()


@pytest.mark.parametrize("address", ["/videos/{}/media/original", "/api/v1/videos/{}/renditions/original"])
def test_media_say_so_to_whoever_may_see_them_and_are_missing_to_all_others(cast, video, storage_goes_away, address):
    address, missing = address.format(video.pk), address.format(uuid7())
    storage_goes_away()
    answer = cast.as_(cast.artist).get(address)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    for who in (cast.outsider, cast.reviewer, cast.admin, None):
        hidden, none = cast.as_(who).get(address), cast.as_(who).get(missing)
        assert hidden.status_code == none.status_code == 404
        assert without_id(hidden) == without_id(none)


def test_a_shares_media_say_so_and_an_ended_shares_are_gone(cast, video, storage_goes_away):
    grant = share(video)
    address = f"/s/{grant.token}/media/share_copy"
    storage_goes_away()
    assert cast.as_().get(address).status_code == 503
    services.revoke_share(actor=video.owner, grant=grant)
    assert cast.as_().get(address).status_code == 404


class FullAfterOne(FileSystemStorage):
    """Takes one file."""

    def _save(self, name, content):
        if any(path.is_file() for path in Path(self.location).rglob("*")):
            raise OSError(28, "No space left on device")
        return super()._save(name, content)


def test_half_a_picture_is_not_left(client, settings, tmp_path):
    backend = f"{FullAfterOne.__module__}.{FullAfterOne.__name__}"
    settings.STORAGES = settings.STORAGES | {
        "private": {"BACKEND": backend, "OPTIONS": {"location": tmp_path / "full"}}
    }
    answer = client.post("/images/", {"image": file(picture(), "a.png")})
    assert answer.status_code == 503
    assert not [path for path in Path(storages["private"].location).rglob("*") if path.is_file()]
    assert not InputImage.objects.exists()
