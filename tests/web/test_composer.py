"""Composing with several seeds, frame rates, pictures and earlier takes; all of it also without JavaScript."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Cohort
from generation.models import Generation, InputImage, ModelSwitch
from generation.services import images
from quotas.models import LedgerEntry
from tests.factories import GenerationFactory
from tests.pictures_to_send import bad_files, picture

pytestmark = pytest.mark.django_db
STUDIO = "/studio/"
CATALOGUE = Path(__file__).parents[1] / "generation" / "catalogue.toml"
GOOD = {"prompt": "Rain on a tin roof", "model": "words", "size": "320x192", "seconds": "2", "seed": ""}
MOVING = GOOD | {"model": "moving"}


@pytest.fixture(autouse=True)
def _catalogue(settings) -> None:
    settings.CATALOGUE_FILE = CATALOGUE


@pytest.fixture
def client(cast):
    return cast.as_(cast.artist)


def bring(user, size=(64, 48)) -> InputImage:
    data = picture(size=size)
    return images.add(actor=user, file=io.BytesIO(data), name="a.png", size=len(data))[0]


def upload(data=None, name="a.png"):
    return {"upload": SimpleUploadedFile(name, data if data is not None else picture())}


# --- Models ------------------------------------------------------------------------------------------------------


def test_standard_and_turbo_stand_together_with_licence_and_languages(client):
    response = client.get(STUDIO)
    groups = [[card.entry.key for card in cards] for cards in response.context["composer"].models]
    assert groups == [["words"], ["moving", "moving-turbo"], ["stills"]]
    page = response.content.decode()
    assert page.count("is-turbo") == 1
    assert "Example Community Licence" in page
    assert "Commercial use by companies" in page
    assert "Reads English, Chinese." in page


def test_a_turbo_variant_stands_alone_when_its_standard_is_off(client):
    ModelSwitch.objects.create(model_key="moving", is_on=False)
    response = client.get(STUDIO)
    groups = [[card.entry.key for card in cards] for cards in response.context["composer"].models]
    assert groups == [["words"], ["moving-turbo"], ["stills"]]


def test_a_model_that_is_off_is_neither_shown_nor_taken(client):
    ModelSwitch.objects.create(model_key="words", is_on=False)
    assert 'value="words"' not in client.get(STUDIO).content.decode()
    response = client.post(STUDIO, GOOD)
    assert response.status_code == 400
    assert "There is no such model." in response.content.decode()
    rows = client.get("/api/v1/models/").json()["results"]
    assert "words" not in {row["key"] for row in rows}
    price = client.get("/api/v1/price/", {"model": "words", "size": "320x192", "seconds": "2"})
    assert price.status_code == 400


def test_with_every_model_off_the_studio_says_so(client, htmx):
    for key in ("words", "moving", "moving-turbo", "stills"):
        ModelSwitch.objects.create(model_key=key, is_on=False)
    assert "No model is on at the moment." in client.get(STUDIO).content.decode()
    assert client.post(STUDIO, GOOD).status_code == 400
    for target in ("settings", "price"):
        assert client.get("/studio/price/", GOOD, headers=htmx | {"HX-Target": target}).status_code == 200


# --- How many, and at which rate ---------------------------------------------------------------------------------


def test_several_are_queued_together(client):
    response = client.post(STUDIO, GOOD | {"count": "3", "seed": "7"})
    assert response.status_code == 303
    made = list(Generation.objects.order_by("take"))
    assert [one.seed for one in made] == [7, 8, 9]
    assert len({one.batch for one in made}) == 1


def test_by_htmx_it_says_which(client, htmx):
    text = client.post(STUDIO, GOOD | {"count": "3"}, headers=htmx).content.decode()
    assert "Takes 1 to 3 are in the queue." in text
    assert 'id="count-3" type="radio" name="count" value="3" checked' in text


def test_the_price_is_that_of_all(client, htmx):
    text = client.get("/studio/price/", GOOD | {"count": "4"}, headers=htmx).content.decode()
    assert '<strong class="mono">8</strong>' in text
    assert "4 × 2" in text


def test_a_changed_model_brings_its_own_price(client, htmx):
    text = client.get("/studio/price/", MOVING, headers=htmx | {"HX-Target": "settings"}).content.decode()
    assert 'id="settings"' in text
    assert '<div id="price" class="price" aria-live="polite" hx-swap-oob="outerHTML">' in text
    assert '<strong class="mono">4</strong>' in text


def test_a_price_of_all_that_cannot_be_paid_says_so(cast, client, htmx):
    Cohort.objects.filter(pk=cast.participant.cohort_id).update(monthly_credits=5)
    assert "Only 5 left until" in client.get("/studio/price/", GOOD | {"count": "3"}, headers=htmx).content.decode()
    response = client.post(STUDIO, GOOD | {"count": "3"})
    assert response.status_code == 429
    assert "This costs 6 credits" in response.content.decode()
    assert not Generation.objects.exists()


@pytest.mark.parametrize("count", ["0", "9", "-1", "x", "2.5"])
def test_a_bad_number_is_refused_beside_it_and_what_was_typed_stays(client, count):
    response = client.post(STUDIO, GOOD | {"count": count})
    assert response.status_code == 400
    assert response.context["composer"].form.errors.keys() == {"count"}
    assert "Rain on a tin roof</textarea>" in response.content.decode()
    assert not LedgerEntry.objects.exists()


def test_rates_are_offered_where_the_model_has_several(client):
    page = client.post(STUDIO, MOVING | {"preview": "1", "fps": "12"}).content.decode()
    assert page.count('name="fps"') == 3
    assert 'id="fps-12" type="radio" name="fps" value="12" checked' in page
    assert 'name="fps"' not in client.post(STUDIO, GOOD | {"preview": "1"}).content.decode()


def test_a_rate_is_taken(client):
    client.post(STUDIO, MOVING | {"fps": "12"})
    assert Generation.objects.get().fps == 12


def test_a_rate_of_another_model_is_refused_in_words(client):
    response = client.post(STUDIO, GOOD | {"fps": "24"})
    assert response.status_code == 400
    assert "The model does not do this frame rate." in response.content.decode()


# --- Pictures ----------------------------------------------------------------------------------------------------


def test_pictures_are_offered_where_the_model_starts_from_them(cast, client):
    image = bring(cast.artist)
    text_only = client.post(STUDIO, GOOD | {"preview": "1"}).content.decode()
    assert 'name="upload"' not in text_only
    both = client.post(STUDIO, MOVING | {"preview": "1"}).content.decode()
    assert f'id="image-{image.pk}"' in both
    assert "Words alone" in both
    stills = client.post(STUDIO, GOOD | {"model": "stills", "preview": "1"}).content.decode()
    assert "Words alone" not in stills


def test_a_chosen_picture_is_what_it_starts_from(cast, client):
    image = bring(cast.artist)
    client.post(STUDIO, MOVING | {"image": str(image.pk)})
    made = Generation.objects.get()
    assert (made.mode, made.image) == ("image", image)


def test_a_new_picture_in_the_form_is_kept_and_used(client):
    assert client.post(STUDIO, MOVING | upload()).status_code == 303
    assert Generation.objects.get().image == InputImage.objects.get()


def test_a_mistake_elsewhere_does_not_lose_the_picture(client):
    response = client.post(STUDIO, MOVING | {"prompt": ""} | upload())
    assert response.status_code == 400
    image = InputImage.objects.get()
    assert f'id="image-{image.pk}" type="radio" name="image" value="{image.pk}" checked' in response.content.decode()


@pytest.mark.parametrize("what", ["text", "svg", "animated png", "png cut short", "21 MB"])
def test_a_bad_picture_is_refused_beside_its_field_and_what_was_typed_stays(client, what):
    name, data = bad_files()[what]
    response = client.post(STUDIO, MOVING | upload(data, name))
    assert response.status_code == 400
    assert response.context["composer"].form.errors.keys() == {"upload"}
    assert "Rain on a tin roof</textarea>" in response.content.decode()
    assert not Generation.objects.exists()
    assert not InputImage.objects.exists()


def test_a_full_room_is_said(client, settings):
    settings.INPUT_IMAGES_MAX_MIB = 0
    response = client.post(STUDIO, MOVING | upload())
    assert response.status_code == 429
    assert "this one does not fit" in response.content.decode()


def test_a_picture_for_a_model_of_words_is_refused_in_words(cast, client):
    response = client.post(STUDIO, GOOD | {"image": str(bring(cast.artist).pk)})
    assert response.status_code == 400
    assert "The model does not start from a picture." in response.content.decode()


def test_a_model_of_pictures_without_one_is_refused_in_words(client):
    response = client.post(STUDIO, GOOD | {"model": "stills"})
    assert response.status_code == 400
    assert "The model needs a picture." in response.content.decode()


def test_somebody_elses_picture_is_no_picture(cast, client):
    image = bring(cast.outsider)
    response = client.post(STUDIO, MOVING | {"image": str(image.pk)})
    assert response.status_code == 400
    assert "You have no such picture." in response.content.decode()


def test_an_address_can_name_a_picture(cast, client):
    image = bring(cast.artist)
    GenerationFactory(participant=cast.participant, model_key="moving")
    assert client.get(STUDIO, {"image": str(image.pk)}).context["composer"].image == image
    for other in ("x", str(bring(cast.outsider, (80, 80)).pk), ""):
        assert client.get(STUDIO, {"image": other}).context["composer"].image is None


def test_an_address_with_a_picture_chooses_a_model_that_starts_from_it(cast, client):
    image = bring(cast.artist)
    GenerationFactory(participant=cast.participant, model_key="words")
    composer = client.get(STUDIO, {"image": str(image.pk)}).context["composer"]
    assert composer.entry.key == "moving"


# --- The pictures' own page --------------------------------------------------------------------------------------


def test_the_page_of_pictures_brings_shows_counts_and_deletes(client):
    empty = client.get("/images/").content.decode()
    assert "You have brought no picture yet." in empty
    assert client.post("/images/", {"image": SimpleUploadedFile("a.png", picture())}).status_code == 303
    image = InputImage.objects.get()
    page = client.get("/images/").content.decode()
    assert f"/images/{image.pk}/small/" in page
    assert "500.0\xa0MB used" in page
    again = client.post("/images/", {"image": SimpleUploadedFile("a.png", picture())}, follow=True)
    assert "This picture was here already." in again.content.decode()
    gone = client.post(f"/images/{image.pk}/delete/", follow=True)
    assert "The picture is deleted." in gone.content.decode()


def test_a_used_picture_says_by_what(cast, client):
    image = bring(cast.artist)
    GenerationFactory(participant=cast.participant, take=3, mode="image", image=image)
    page = client.post(f"/images/{image.pk}/delete/", follow=True).content.decode()
    assert "Take 3 started from this picture, so it stays." in page


def test_the_page_refuses_with_a_reason(client):
    for sent, words in (
        ({}, "Choose a picture first."),
        ({"image": SimpleUploadedFile("a.png", b"rain")}, "This is no PNG, JPEG or WebP picture."),
    ):
        response = client.post("/images/", sent)
        assert response.status_code == 400
        assert words in response.content.decode()


# --- Remix and extension -----------------------------------------------------------------------------------------


def test_a_remix_starts_from_the_earlier_settings_and_keeps_the_parent(cast, client, htmx):
    image = bring(cast.artist)
    parent = GenerationFactory(
        participant=cast.participant, take=3, model_key="moving", prompt="A kite", seed=99, seconds=4, fps=12,
        width=640, height=360, mode="image", image=image,
    )  # fmt: skip
    page = client.get(STUDIO, {"remix": str(parent.pk)})
    composer = page.context["composer"]
    assert "Remix of take 3." in page.content.decode()
    assert (composer.entry.key, composer.size, composer.seconds, composer.fps) == ("moving", "640x360", 4, 12)
    assert composer.image == image
    form = composer.form
    sent = {name: str(form[name].value() or "") for name in form.fields if name != "upload"} | {"prompt": "Two kites"}
    answer = client.post(STUDIO, sent, headers=htmx)
    assert answer.status_code == 200, answer.content
    assert "Remix of take 3." in answer.content.decode()
    made = Generation.objects.exclude(pk=parent.pk).get()
    assert (made.parent, made.relation, made.prompt, made.seed) == (parent, "remix", "Two kites", 99)
    assert (made.mode, made.image, made.fps) == ("image", image, 12)


def test_an_extension_goes_on_from_a_completed_take(cast, client, take_of):
    parent = take_of(3, model_key="moving", prompt="A kite", fps=24)
    page = client.get(STUDIO, {"extend": str(parent.pk)})
    composer = page.context["composer"]
    assert "Goes on from the end of take 3." in page.content.decode()
    assert 'name="upload"' not in page.content.decode()
    assert {one.key for one in composer.entries} == {"moving", "moving-turbo", "stills"}
    form = composer.form
    client.post(STUDIO, {name: str(form[name].value() or "") for name in form.fields if name != "upload"})
    made = Generation.objects.exclude(pk=parent.pk).get()
    assert (made.parent, made.relation, made.mode, made.image) == (parent, "extend", "image", None)


@pytest.mark.parametrize("how", ["remix", "extend"])
def test_somebody_elses_take_is_no_start(cast, how):
    own = GenerationFactory(participant=cast.participant, take=3, prompt="Mine")
    page = cast.as_(cast.outsider).get(STUDIO, {how: str(own.pk)})
    assert page.context["composer"].parent is None
    assert "Mine" not in page.content.decode()


@pytest.mark.parametrize("pk", ["x", "", "01900000-0000-7000-8000-000000000000"])
def test_a_parent_that_is_none_is_refused_in_words(client, pk):
    response = client.post(STUDIO, GOOD | {"parent": pk, "relation": "remix"})
    assert response.status_code == 400
    assert "parent" in response.content.decode()


def test_what_is_not_finished_is_not_extended(cast, client):
    parent = GenerationFactory(participant=cast.participant, model_key="moving")
    assert client.get(STUDIO, {"extend": str(parent.pk)}).context["composer"].parent is None


def test_a_video_and_its_card_lead_on_and_its_page_lists_the_family(cast, client, take_of):
    parent = take_of(3, model_key="moving", title="The kite")
    child = GenerationFactory(participant=cast.participant, take=4, parent=parent, relation="extend", mode="image")
    studio = client.get(STUDIO).content.decode()
    page = client.get(f"/videos/{parent.video_id}/").content.decode()
    for text in (studio, page):
        assert f"?remix={parent.pk}" in text
        assert f"?extend={parent.pk}" in text
    assert f"/generations/{child.pk}/" in page
    below = client.get(f"/generations/{child.pk}/").content.decode()
    assert f"/videos/{parent.video_id}/" in below
    assert "The kite" in below


def test_a_model_of_words_offers_no_extension(client, take_of):
    take = take_of(3, model_key="words")
    page = client.get(f"/videos/{take.video_id}/").content.decode()
    assert f"?remix={take.pk}" in page
    assert "?extend=" not in page
