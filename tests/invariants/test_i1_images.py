"""I1: a picture that an artist brought is, for everybody else, a picture that does not exist."""

from __future__ import annotations

import io
import re
import uuid

import pytest
from django.test import Client

from generation.models import InputImage
from generation.services import images
from tests.factories import AdminFactory, GenerationFactory, ParticipantFactory, ReviewerFactory
from tests.pictures_to_send import picture

pytestmark = pytest.mark.django_db
MISSING = uuid.UUID("01900000-0000-7000-8000-000000000000")
READS = [
    "/images/{id}/",
    "/images/{id}/small/",
    "/api/v1/images/{id}/",
    "/api/v1/images/{id}/content/",
]
OUTSIDERS = {
    "anonymous": None,
    "other artist": lambda: ParticipantFactory().user,
    "reviewer": ReviewerFactory,
    "admin": AdminFactory,
}


@pytest.fixture
def image() -> InputImage:
    owner = ParticipantFactory().user
    data = picture()
    found, _is_new = images.add(actor=owner, file=io.BytesIO(data), name="a.png", size=len(data))
    GenerationFactory(participant=owner.participant, mode="image", image=found)
    return found


def client_of(who: str) -> Client:
    client, maker = Client(), OUTSIDERS[who]
    if maker is not None:
        client.force_login(maker())
    return client


def told(client: Client, method: str, address: str, **headers: str) -> tuple:
    """Everything that can be told apart from outside, less what is random in every answer."""
    response = getattr(client, method)(address, headers={**headers, "X-Request-ID": "the-same-id"})
    assert not response.streaming
    shown = {name.lower(): re.sub(r"nonce-[^']+", "nonce", value) for name, value in response.items()}
    return response.status_code, shown, response.content, sorted(response.cookies)


@pytest.mark.parametrize("who", OUTSIDERS)
def test_a_picture_of_somebody_else_is_a_missing_picture(who, image):
    client = client_of(who)
    for pattern in READS:
        for method, headers in (("get", {}), ("head", {}), ("get", {"Range": "bytes=0-9"})):
            hidden = told(client, method, pattern.format(id=image.pk), **headers)
            assert hidden == told(client, method, pattern.format(id=MISSING), **headers), pattern
            assert hidden[0] == 404, pattern


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_else_deletes_it(who, image):
    client = client_of(who)
    for method, pattern in (("delete", "/api/v1/images/{id}/"), ("post", "/images/{id}/delete/")):
        hidden = told(client, method, pattern.format(id=image.pk))
        assert hidden == told(client, method, pattern.format(id=MISSING))
        assert hidden[0] == 404
    assert InputImage.objects.filter(pk=image.pk).exists()


def test_lists_show_ones_own_alone(image):
    client = client_of("other artist")
    assert client.get("/api/v1/images/").json()["results"] == []
    for address in ("/images/", "/studio/", f"/studio/?image={image.pk}"):
        assert str(image.pk) not in client.get(address).content.decode()


def test_its_owner_sees_it_and_nothing_on_the_way_may_keep_it(image):
    client = Client()
    client.force_login(image.participant.user)
    for pattern in READS:
        answer = client.get(pattern.format(id=image.pk))
        assert answer.status_code == 200, pattern
        assert answer["Cache-Control"] == "private, no-store"
        if answer["Content-Type"] != "application/json":
            assert answer["Content-Type"] == "image/webp"
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize("prefix", ["/protected-media/", "/media/", "/files/", "/static/", "/private/", "/images/"])
def test_no_address_leads_to_its_storage_key(image, prefix):
    client = Client()
    client.force_login(image.participant.user)
    assert client.get(prefix + image.storage_key).status_code == 404


def test_an_owner_who_was_deactivated_sees_nothing(image):
    client = Client()
    client.force_login(image.participant.user)
    type(image.participant.user).objects.update(is_active=False)
    for pattern in READS:
        assert client.get(pattern.format(id=image.pk)).status_code == 404
