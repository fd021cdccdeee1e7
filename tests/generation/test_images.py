"""Pictures to start from: what is taken, what becomes of it, what is refused with a reason, and that it costs room."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.services import create_token
from accounts.states import Scope
from audit.models import AuditEvent
from common.clock import now
from generation import tasks
from generation.models import InputImage
from generation.pictures import checking
from generation.services import images
from tests.factories import GenerationFactory, ParticipantFactory, ReviewerFactory
from tests.pictures_to_send import bad_files, picture, png_saying, turned
from videos.storage import StorageFailed

pytestmark = pytest.mark.django_db
LIST = "/api/v1/images/"
BAD = bad_files()


@pytest.fixture
def artist():
    return ParticipantFactory().user


@pytest.fixture
def api(client, artist):
    client.force_login(artist)
    return client


def add(artist, data, name="a.png"):
    return images.add(actor=artist, file=io.BytesIO(data), name=name, size=len(data))[0]


def send(client, data, name="a.png", **fields):
    return client.post(LIST, {"image": SimpleUploadedFile(name, data)} | fields)


def stored_files() -> list[Path]:
    folder = Path(storages["private"].location)
    return [path for path in folder.rglob("*") if path.is_file()]


def as_stored(image: InputImage) -> Image.Image:
    with storages["private"].open(image.storage_key) as file:
        return Image.open(io.BytesIO(file.read()))


# --- What becomes of a good one ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("format", "name"), [("PNG", "a.png"), ("JPEG", "A.JPG"), ("JPEG", "a"), ("WEBP", "a.webp")])
def test_a_picture_is_kept_as_plain_webp_and_described(api, format, name):
    answer = send(api, picture(format), name)
    assert answer.status_code == 201, answer.content
    image = InputImage.objects.get()
    row = answer.json()
    assert (row["id"], row["width"], row["height"]) == (str(image.pk), 64, 48)
    assert answer["Location"] == row["links"]["self"] == f"{LIST}{image.pk}/"
    assert as_stored(image).format == "WEBP"
    assert len(stored_files()) == 2  # and its small copy
    assert image.storage_key not in answer.content.decode()


def test_a_png_keeps_its_pixels(artist):
    data = picture("PNG", size=(300, 200))
    image = add(artist, data)
    assert np.array_equal(images.read(image), np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
    assert images.read(image).dtype == np.uint8


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "RGB"])
def test_every_kind_of_pixel_becomes_rgb(artist, mode):
    assert images.read(add(artist, picture(mode=mode))).shape == (48, 64, 3)


def test_what_was_transparent_is_white(artist):
    clear = io.BytesIO()
    Image.new("RGBA", (32, 32), (255, 0, 0, 0)).save(clear, "PNG")
    assert (images.read(add(artist, clear.getvalue())) == 255).all()


@pytest.mark.parametrize(
    ("orientation", "bright_side"),
    [(1, "bottom"), (2, "bottom"), (3, "top"), (4, "top"), (5, "right"), (6, "left"), (7, "left"), (8, "right")],
)
def test_it_is_turned_upright(artist, orientation, bright_side):
    pixels = images.read(add(artist, turned(orientation), "a.jpg")).astype(int)
    assert pixels.shape == ((48, 64, 3) if orientation < 5 else (64, 48, 3))
    sides = {"top": pixels[:4], "bottom": pixels[-4:], "left": pixels[:, :4], "right": pixels[:, -4:]}
    assert max(sides, key=lambda side: sides[side].mean()) == bright_side


def test_its_metadata_is_gone(artist):
    sent = turned(6)
    assert b"secret" in sent
    add(artist, sent, "a.jpg")
    for path in stored_files():
        data = path.read_bytes()
        assert b"secret" not in data
        assert not Image.open(io.BytesIO(data)).getexif()
        assert not {b"EXIF", b"XMP ", b"ICCP"} & {data[at : at + 4] for at in range(len(data))}


def test_a_huge_one_is_kept_as_large_as_any_model_delivers(artist):
    image = add(artist, picture("JPEG", size=(6000, 100)), "a.jpg")
    assert (image.width, image.height) == (4096, 68)


def test_forty_megapixels_are_fine(artist):
    image = add(artist, png_saying(8000, 5000, 5000))
    assert (image.width, image.height) == (4096, 2560)


def test_the_same_picture_again_is_the_one_that_is_there(api):
    first, second = send(api, picture()), send(api, picture())
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert InputImage.objects.count() == AuditEvent.objects.count() == 1
    assert len(stored_files()) == 2


def test_one_audit_event_says_what(artist):
    image = add(artist, picture())
    event = AuditEvent.objects.get()
    assert (event.action, event.target_id, event.actor_id) == ("image.uploaded", str(image.pk), str(artist.pk))
    assert event.data == {"sha256": image.sha256, "bytes": image.size_bytes, "size": "64x48"}


# --- What is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "data"), BAD.values(), ids=BAD.keys())
def test_a_bad_file_is_refused_with_a_reason_and_nothing_is_kept(api, name, data):
    answer = send(api, data, name)
    assert answer.status_code == 400, answer.content
    (error,) = answer.json()["errors"]
    assert error["field"] == "image"
    assert error["reason"]
    assert "20 MB" in error["allowed"]
    assert not InputImage.objects.exists()
    assert not AuditEvent.objects.exists()
    assert not stored_files()


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("bomb", "40 megapixels"),
        ("41 megapixels", "40 megapixels"),
        ("21 MB", "21.0 MB"),
        ("animated png", "animated"),
        ("animated webp", "animated"),
        ("jpeg named png", "its content is JPEG"),
        ("png and archive", "Something else follows"),
        ("png cut short", "cut short"),
        ("svg", "no PNG, JPEG or WebP"),
    ],
)
def test_the_reason_is_the_right_one(api, what, words):
    name, data = BAD[what]
    assert words in send(api, data, name).json()["errors"][0]["reason"]


def test_the_decoder_may_not_take_more_memory_than_it_is_given(artist, monkeypatch):
    data = png_saying(8000, 5000, 5000)
    monkeypatch.setattr(checking, "DECODE_MEMORY", 200 * 1024**2)
    with pytest.raises(checking.Invalid) as refused:
        add(artist, data)
    assert "memory or time" in refused.value.message
    assert not stored_files()


def test_the_decoder_may_not_take_more_time_than_it_is_given(artist, monkeypatch):
    monkeypatch.setattr(checking, "DECODE_SECONDS", 0.001)
    with pytest.raises(checking.Invalid) as refused:
        add(artist, picture())
    assert "memory or time" in refused.value.message


def test_the_decoder_is_told_nothing_of_our_surroundings(artist, monkeypatch, tmp_path):
    """Its environment is empty, so no secret of ours is in it."""
    spy = tmp_path / "spy.py"
    spy.write_text("import json, os; print(json.dumps({'refused': 'x', 'environment': dict(os.environ)}))")
    seen = []
    decode = checking._decode
    monkeypatch.setattr(checking, "DECODER", spy)
    monkeypatch.setattr(checking, "_decode", lambda *paths: seen.append(decode(*paths)) or seen[0])
    with pytest.raises(checking.Invalid):
        add(artist, picture())
    assert set(seen[0]["environment"]) <= {"LC_CTYPE"}  # which Python sets itself


def test_the_form_has_one_file_in_one_field_and_nothing_else(api):
    good = picture()
    assert api.post(LIST, {}).status_code == 400
    assert api.post(LIST, {"image": "text"}).status_code == 400
    elsewhere = api.post(LIST, {"picture": SimpleUploadedFile("a.png", good)})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (400, "file_refused")
    assert "in the field “picture”; only the field “image” takes one" in elsewhere.json()["detail"]
    two = {"image": [SimpleUploadedFile("a.png", good), SimpleUploadedFile("b.png", good)]}
    assert api.post(LIST, two).status_code == 400
    assert send(api, good, note="hello").json()["code"] == "unknown_field"
    raw = api.post(LIST, good, content_type="image/png")
    assert (raw.status_code, raw.json()["detail"]) == (415, "Send this as multipart/form-data.")
    assert api.post(LIST, b"--x", content_type="multipart/form-data; boundary=x").status_code == 400
    assert not InputImage.objects.exists()


@pytest.mark.parametrize("address", ["/api/v1/generations/", "/api/v1/tokens/"])
def test_elsewhere_a_file_has_no_place(api, address):
    assert api.post(address, {"image": SimpleUploadedFile("a.png", picture())}).status_code == 415


def test_staff_bring_none(client):
    client.force_login(ReviewerFactory())
    answer = send(client, picture())
    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_participant")
    assert not stored_files()


@pytest.mark.parametrize(
    ("scope", "reads", "writes", "bytes_"),
    [
        (Scope.GENERATIONS_READ, 200, 403, 403),
        (Scope.GENERATIONS_WRITE, 403, 201, 403),
        (Scope.VIDEOS_READ, 403, 403, 403),
    ],
)
def test_a_token_does_what_its_scope_says(client, artist, scope, reads, writes, bytes_):
    image = add(artist, picture(size=(80, 80)))
    _token, secret = create_token(actor=artist, name="script", scopes=[scope], days=1)
    bearer = {"Authorization": f"Bearer {secret}"}
    assert client.get(LIST, headers=bearer).status_code == reads
    assert client.get(f"{LIST}{image.pk}/", headers=bearer).status_code == reads
    assert client.get(f"{LIST}{image.pk}/content/", headers=bearer).status_code == bytes_
    sent = client.post(LIST, {"image": SimpleUploadedFile("a.png", picture())}, headers=bearer)
    assert sent.status_code == writes


# --- Room --------------------------------------------------------------------------------------------------------


def noise(seed: int) -> bytes:
    out = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (400, 500, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def test_pictures_count_against_the_participants_room(api, artist, settings):
    settings.INPUT_IMAGES_MAX_MIB = 1
    first = send(api, noise(1))
    assert first.status_code == 201
    assert images.used_bytes(artist.participant) == first.json()["size_bytes"] > 500_000
    refused = send(api, noise(2))
    assert (refused.status_code, refused.json()["code"]) == (429, "images_full")
    assert refused.json()["allowed_bytes"] == 1024**2
    assert len(stored_files()) == 2
    assert api.delete(first.json()["links"]["self"]).status_code == 204
    assert send(api, noise(2)).status_code == 201


def test_the_room_of_others_is_theirs(artist, settings):
    settings.INPUT_IMAGES_MAX_MIB = 1
    add(artist, noise(1))
    add(ParticipantFactory().user, noise(1))
    assert InputImage.objects.count() == 2


# --- Deleting ----------------------------------------------------------------------------------------------------


def test_an_unused_picture_is_deleted_with_its_files(api, artist, django_capture_on_commit_callbacks):
    image = add(artist, picture())
    with django_capture_on_commit_callbacks(execute=True):
        assert api.delete(f"{LIST}{image.pk}/").status_code == 204
    assert not stored_files()
    assert api.delete(f"{LIST}{image.pk}/").status_code == 404
    assert AuditEvent.objects.filter(action="image.deleted", target_id=str(image.pk)).count() == 1


def test_a_used_picture_stays(api, artist):
    image = add(artist, picture())
    GenerationFactory(participant=artist.participant, take=3, mode="image", image=image)
    answer = api.delete(f"{LIST}{image.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "image_in_use")
    assert "Take 3" in answer.json()["detail"]
    assert InputImage.objects.exists()
    assert len(stored_files()) == 2


def test_the_sweep_keeps_pictures_and_takes_what_no_row_names(artist, monkeypatch):
    kept, gone = add(artist, picture()), add(artist, picture(size=(80, 80)))
    InputImage.objects.filter(pk=gone.pk).delete()
    tasks.sweep()
    assert len(stored_files()) == 4  # too young
    monkeypatch.setattr("videos.storage.now", lambda: now() + timedelta(days=3))
    tasks.sweep()
    left = {path.name for path in stored_files()}
    assert left == {Path(kept.storage_key).name, Path(images.small_key(kept.storage_key)).name}


# --- Reading -----------------------------------------------------------------------------------------------------


def test_an_altered_picture_is_not_read(artist):
    image = add(artist, picture())
    Path(storages["private"].path(image.storage_key)).write_bytes(picture("WEBP"))
    with pytest.raises(StorageFailed):
        images.read(image)


def test_a_lost_picture_is_not_read_and_not_shown(api, artist):
    image = add(artist, picture())
    storages["private"].delete(image.storage_key)
    with pytest.raises(StorageFailed):
        images.read(image)
    assert api.get(f"{LIST}{image.pk}/content/").status_code == 404
