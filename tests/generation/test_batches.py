"""Several videos at once, all or nothing; frame rates; and what a generation may start from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from common.errors import Invalid, QuotaExceeded
from generation.models import Generation, InputImage
from generation.request_check import SEED_MAX
from generation.services import submit, submit_batch
from generation.states import Mode, Relation
from quotas.models import LedgerEntry
from quotas.selectors import balance
from tests.factories import GenerationFactory, ParticipantFactory, VideoFactory

pytestmark = pytest.mark.django_db
LIST = "/api/v1/generations/"
CATALOGUE = Path(__file__).with_name("catalogue.toml")
GOOD = {"model_key": "words", "prompt": "rain on a tin roof", "size": "320x192", "seconds": 2}
BODY = {"model": "words", "prompt": "rain on a tin roof", "size": "320x192", "seconds": 2}


@pytest.fixture(autouse=True)
def _catalogue(settings) -> None:
    settings.CATALOGUE_FILE = CATALOGUE


@pytest.fixture
def artist():
    return ParticipantFactory(cohort__monthly_credits=100, cohort__max_queued=10).user


@pytest.fixture
def api(client, artist):
    client.force_login(artist)
    return client


@pytest.fixture
def picture(artist):
    return picture_of(artist)


def picture_of(person, key="inputs/a.png"):
    return InputImage.objects.create(
        participant=person.participant, storage_key=key, sha256="0" * 64, width=64, height=48, size_bytes=100
    )


def post(client, body, **headers):
    return client.post(LIST, json.dumps(BODY | body), content_type="application/json", headers=headers)


def assert_nothing_happened():
    for model in (Generation, LedgerEntry, AuditEvent):
        assert not model.objects.exists(), model


# --- Batches -----------------------------------------------------------------------------------------------------


def test_a_batch_is_one_generation_for_each_seed_in_order(artist):
    made = submit_batch(actor=artist, **GOOD, seeds=[5, None, 9])
    assert [one.seed for one in made][::2] == [5, 9]
    assert [one.take for one in made] == [one.position for one in made] == [1, 2, 3]
    assert len({one.batch for one in made}) == 1
    assert made[0].batch is not None
    assert balance(artist.participant).reserved == 6
    events = AuditEvent.objects.filter(action="generation.submitted").order_by("id")
    assert [event.target_id for event in events] == [str(one.pk) for one in made]
    assert {event.data["batch"] for event in events} == {str(made[0].batch)}


def test_a_batch_of_one_is_no_batch(artist):
    (made,) = submit_batch(actor=artist, **GOOD, seeds=[5])
    assert made.batch is None
    assert "batch" not in AuditEvent.objects.get().data


def test_the_doorbell_rings_for_each(artist, monkeypatch, django_capture_on_commit_callbacks):
    from generation import doorbell

    rung = []
    monkeypatch.setattr(doorbell, "ring", lambda: rung.append(1))
    with django_capture_on_commit_callbacks(execute=True):
        submit_batch(actor=artist, **GOOD, seeds=[None] * 3)
    assert len(rung) == 3


def test_too_few_credits_for_the_last_leave_none_behind():
    artist = ParticipantFactory(cohort__monthly_credits=7, cohort__max_queued=10).user
    with pytest.raises(QuotaExceeded) as refused:
        submit_batch(actor=artist, **GOOD, seeds=[1, 2, 3, 4])
    assert (refused.value.extra["needed"], refused.value.extra["free"]) == (8, 7)
    assert_nothing_happened()
    assert len(submit_batch(actor=artist, **GOOD, seeds=[1, 2, 3])) == 3


def test_the_queues_cap_holds_for_all_or_for_none():
    artist = ParticipantFactory(cohort__monthly_credits=100, cohort__max_queued=3).user
    with pytest.raises(QuotaExceeded) as refused:
        submit_batch(actor=artist, **GOOD, seeds=[1, 2, 3, 4])
    assert refused.value.code == "queue_full"
    assert_nothing_happened()
    submit(actor=artist, **GOOD)
    assert len(submit_batch(actor=artist, **GOOD, seeds=[1, 2])) == 2


def test_several_by_api_are_a_list_and_one_is_what_it_always_was(api):
    several = post(api, {"seeds": [3, 1, 2]})
    assert several.status_code == 201
    rows = several.json()["results"]
    assert [row["seed"] for row in rows] == [3, 1, 2]
    assert len({row["batch"] for row in rows}) == 1
    assert "Location" not in several
    for body in ({"seeds": [4]}, {"count": 1, "seed": 4}, {"seed": 4}):
        one = post(api, body)
        assert one.status_code == 201
        assert (one.json()["seed"], one.json()["batch"]) == (4, None)
        assert one["Location"] == one.json()["links"]["self"]


def test_a_count_goes_on_from_the_seed(api):
    rows = post(api, {"seed": SEED_MAX - 1, "count": 3}).json()["results"]
    assert [row["seed"] for row in rows] == [SEED_MAX - 1, SEED_MAX, 0]
    assert len({row["seed"] for row in post(api, {"count": 4}).json()["results"]}) > 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"seeds": []}, "seeds"),
        ({"seeds": [None] * 9}, "seeds"),
        ({"seeds": 5}, "seeds"),
        ({"seeds": "5"}, "seeds"),
        ({"seeds": {"0": 5}}, "seeds"),
        ({"seeds": [1, 2, 1]}, "seeds"),
        ({"seeds": [1, -1]}, "seeds"),
        ({"seeds": [1, "2"]}, "seeds"),
        ({"seeds": [1, True]}, "seeds"),
        ({"seeds": [1, 2.0]}, "seeds"),
        ({"seeds": [1], "seed": 1}, "seeds"),
        ({"seeds": [1], "count": 1}, "seeds"),
        ({"count": 0}, "count"),
        ({"count": 9}, "count"),
        ({"count": -1}, "count"),
        ({"count": "2"}, "count"),
        ({"count": True}, "count"),
        ({"count": 2.0}, "count"),
        ({"count": 2, "seed": -1}, "seed"),
    ],
)
def test_a_bad_number_of_videos_is_refused_with_what_is_allowed(api, body, field):
    answer = post(api, body)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["reason"]
    assert error["allowed"]
    assert_nothing_happened()


# --- Frame rates -------------------------------------------------------------------------------------------------


def test_a_frame_rate_of_the_model_is_taken_and_its_own_is_the_default(artist):
    moving = GOOD | {"model_key": "moving"}
    assert submit(actor=artist, **moving).fps == 24
    assert submit(actor=artist, **moving, fps=12).fps == 12
    assert submit(actor=artist, **GOOD).fps == 8


@pytest.mark.parametrize("fps", [25, 0, -8, "24", 24.0, True, [24], 10**50])
def test_a_frame_rate_that_the_model_lacks_is_refused(api, fps):
    answer = post(api, {"model": "moving", "fps": fps})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["field"], error["allowed"]) == ("fps", "24, 12, 8")
    assert_nothing_happened()


def test_models_say_what_may_be_asked(api):
    rows = {row["key"]: row for row in api.get("/api/v1/models/").json()["results"]}
    assert rows["moving"]["frame_rates"] == [24, 12, 8]
    assert rows["moving"]["modes"] == ["text", "image"]
    assert rows["moving"]["prompt_languages"] == ["en", "zh"]
    assert rows["moving"]["licence"] == "Example Community Licence"
    assert rows["moving"]["forbids"].startswith("Commercial use")
    assert (rows["moving-turbo"]["turbo_of"], rows["moving-turbo"]["pool"]) == ("moving", "turbo")


# --- Pictures, remixes, extensions -------------------------------------------------------------------------------


def completed(artist, **fields):
    return GenerationFactory(
        participant=artist.participant,
        state="completed",
        video=VideoFactory(owner=artist),
        finished_at=timezone.now(),
        **fields,
    )


def test_a_picture_makes_it_image_to_video(artist, picture):
    made = submit(actor=artist, **(GOOD | {"model_key": "moving"}), image=picture)
    assert (made.mode, made.image, made.relation) == (Mode.IMAGE, picture, Relation.NONE)
    assert AuditEvent.objects.get().data["image"] == str(picture.pk)


def test_a_picture_is_named_by_its_id_in_the_api(api, picture):
    row = post(api, {"model": "stills", "image": str(picture.pk)}).json()
    assert (row["mode"], row["image"]) == ("image", str(picture.pk))


def test_a_remix_keeps_its_parent(api, artist):
    parent = GenerationFactory(participant=artist.participant)
    row = post(api, {"parent": str(parent.pk), "relation": "remix"}).json()
    assert (row["parent"], row["relation"], row["mode"]) == (str(parent.pk), "remix", "text")
    data = AuditEvent.objects.get().data
    assert (data["parent"], data["relation"]) == (str(parent.pk), "remix")


def test_an_extension_goes_on_from_a_completed_one_without_a_picture(api, artist):
    parent = completed(artist)
    row = post(api, {"model": "moving", "parent": str(parent.pk), "relation": "extend"}).json()
    assert (row["mode"], row["image"], row["relation"]) == ("image", None, "extend")


BAD = [
    ("a model of words with a picture", {"image": "mine"}, ["mode"]),
    ("a model of pictures without one", {"model": "stills"}, ["mode"]),
    ("mode image without a picture", {"model": "moving", "mode": "image"}, ["image"]),
    ("mode text with a picture", {"model": "moving", "mode": "text", "image": "mine"}, ["mode"]),
    ("no such mode", {"model": "moving", "mode": "sound"}, ["mode"]),
    ("a mode of a wrong type", {"model": "moving", "mode": ["image"]}, ["mode"]),
    ("somebody else's picture", {"model": "moving", "image": "theirs"}, ["image"]),
    ("no such picture", {"model": "moving", "image": "01900000-0000-7000-8000-000000000000"}, ["image"]),
    ("a picture's id that is none", {"model": "moving", "image": "../etc"}, ["image"]),
    ("a picture's id of a wrong type", {"model": "moving", "image": 7}, ["image"]),
    ("somebody else's parent", {"parent": "their take", "relation": "remix"}, ["parent"]),
    ("a parent's id of a wrong type", {"parent": {}, "relation": "remix"}, ["parent"]),
    ("a parent and no relation", {"parent": "my take"}, ["relation"]),
    ("a relation and no parent", {"relation": "remix"}, ["relation"]),
    ("no such relation", {"parent": "my take", "relation": "sequel"}, ["relation"]),
    ("a relation of a wrong type", {"parent": "my take", "relation": ["remix"]}, ["relation"]),
    ("extending what is not there yet", {"model": "moving", "parent": "my take", "relation": "extend"}, ["parent"]),
    ("extending with words", {"parent": "my video", "relation": "extend"}, ["mode"]),
    (
        "an extension with a picture",
        {"model": "moving", "parent": "my video", "relation": "extend", "image": "mine"},
        ["image"],
    ),
]


@pytest.mark.parametrize(("body", "fields"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_what_does_not_go_together_is_refused_with_what_is_allowed(api, artist, picture, body, fields):
    other = ParticipantFactory()
    names = {
        "mine": picture,
        "theirs": picture_of(other.user, "inputs/b.png"),
        "my take": GenerationFactory(participant=artist.participant),
        "my video": completed(artist),
        "their take": GenerationFactory(participant=other),
    }
    known = Generation.objects.count()
    ids = {name: str(one.pk) for name, one in names.items()}
    sent = {name: ids.get(value, value) if isinstance(value, str) else value for name, value in body.items()}
    answer = post(api, sent)
    assert answer.status_code == 400, answer.content
    errors = answer.json()["errors"]
    assert [error["field"] for error in errors] == fields
    assert all(error["reason"] and error["allowed"] for error in errors)
    assert Generation.objects.count() == known
    assert not LedgerEntry.objects.exists()


def test_hidden_and_missing_pictures_are_told_apart_by_nobody(api):
    theirs = picture_of(ParticipantFactory().user)
    hidden, missing = (
        post(api, {"model": "moving", "image": str(pk)}).json() | {"request_id": ""}
        for pk in (theirs.pk, "01900000-0000-7000-8000-000000000000")
    )
    assert hidden == missing


def test_every_bad_field_is_reported_at_once(artist):
    with pytest.raises(Invalid) as refused:
        submit_batch(
            actor=artist, **(GOOD | {"prompt": "", "seconds": 3}), fps=1, seeds=[], image="x", parent="y", relation="z"
        )
    fields = [error.field for error in refused.value.fields]
    assert fields == ["prompt", "seconds", "fps", "seeds", "relation"]
