"""Which words a model ignores: in the catalogue's entries, on the pages and in the API; and never in a log."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from generation import catalogue, vocabularies
from generation.models import Generation
from tests.factories import GenerationFactory, ParticipantFactory

PROMPT = "A red circle, moving LEFT slowly at sunset; slowly!"
FORMAT = {"model": "demo-turbo", "size": "320x192", "seconds": 2}


@pytest.fixture
def artist(client, db):
    participant = ParticipantFactory()
    client.force_login(participant.user)
    client.participant = participant
    return client


def entry(key: str):
    found = catalogue.get(key)
    assert found is not None
    return found


@pytest.mark.parametrize("key", ["demo", "demo-turbo"])
def test_each_word_that_the_demo_model_ignores_is_named_once_and_in_order(key):
    assert vocabularies.ignored_words(entry(key), PROMPT) == ["slowly", "at", "sunset"]
    said = f"{entry(key).name} ignores: “slowly”, “at”, “sunset”."
    assert vocabularies.sentence(entry(key), PROMPT) == said


@pytest.mark.parametrize(
    "prompt", ["", "a red circle", "a RED   circle\n!", "“A red, (red) circle” – on blue… ground?"]
)
def test_where_nothing_is_ignored_nothing_is_said(prompt):
    assert vocabularies.sentence(entry("demo"), prompt) == ""


def test_numbers_symbols_and_emoji_are_named_too_as_they_were_typed():
    assert vocabularies.sentence(entry("demo"), "🔴 → 12") == "Demo ignores: “🔴”, “→”, “12”."
    assert vocabularies.ignored_words(entry("demo"), "2 red circle & ❤️👩‍👧! 100% _") == ["2", "&", "❤️👩‍👧", "100", "%"]
    assert vocabularies.ignored_words(entry("demo"), "re\u200bd \u202e! é e\u0301 \u0301") == ["re", "d", "é", "e"]


def test_known_words_after_the_last_that_is_read_are_named_and_so_is_the_limit():
    prompt = "a red circle on a blue background " * 6 + "turning"
    assert vocabularies.ignored_words(entry("demo"), prompt) == ["blue", "background", "turning"]
    said = vocabularies.sentence(entry("demo"), prompt)
    assert said.endswith("“turning”. It reads no more than 28 of the words that it knows.")
    assert vocabularies.sentence(entry("demo"), "zebra " * 99 + "red") == "Demo ignores: “zebra”."
    assert vocabularies.sentence(entry("demo"), "red " * 28) == ""


def test_a_model_that_knows_all_words_or_is_gone_ignores_none():
    assert vocabularies.ignored_words(entry("sketch"), PROMPT) == []
    assert vocabularies.ignored_in("gone", PROMPT) == []


def test_the_sentence_stays_short_however_long_the_words_and_however_many():
    many = " ".join(f"{letter}{letter}" for letter in "bcdfghjk") + " " + "x" * 2000
    assert vocabularies.sentence(entry("demo"), many).endswith("“hh” and 3 more.")
    assert len(vocabularies.sentence(entry("demo"), "x" * 2000)) < 60
    assert vocabularies.sentence(entry("demo"), "umbrella") == "Demo ignores: “umbrella”."


def test_the_offered_examples_are_understood_to_the_last_word():
    for example in vocabularies.examples(entry("demo")):
        assert vocabularies.ignored_words(entry("demo"), str(example)) == []


def test_the_composer_names_them_while_one_types(artist):
    answer = artist.post("/studio/words/", {"model": "demo", "prompt": PROMPT}, headers={"HX-Request": "true"})
    assert answer.content.decode().strip() == "Demo ignores: “slowly”, “at”, “sunset”."
    markup = artist.post("/studio/words/", {"model": "demo", "prompt": "<b>&"}).content.decode().strip()
    assert markup == "Demo ignores: “&lt;”, “b”, “&gt;&amp;”."
    assert artist.post("/studio/words/", {"model": "sketch", "prompt": PROMPT}).content.strip() == b""
    assert artist.get("/studio/words/").status_code == 405  # never in an address
    assert not Generation.objects.exists()


def test_without_javascript_they_are_on_the_takes_page(artist):
    artist.post("/studio/", {**FORMAT, "prompt": PROMPT})
    made = Generation.objects.get()
    said = "Demo Turbo ignores: “slowly”, “at”, “sunset”."
    assert said in artist.get(f"/generations/{made.pk}/").content.decode()
    other = GenerationFactory(participant=made.participant, take=9)
    assert "ignores" not in artist.get(f"/generations/{other.pk}/").content.decode()


def test_room_for_them_is_kept_only_where_a_model_may_ignore_words(artist, settings):
    assert 'hx-post="/studio/words/"' in artist.get("/studio/").content.decode()
    settings.CATALOGUE_FILE = Path(__file__).parent / "catalogue.toml"
    assert "/studio/words/" not in artist.get("/studio/").content.decode()


def test_a_refused_form_names_them_beside_what_was_typed(artist):
    page = artist.post("/studio/", {**FORMAT, "seconds": "3", "prompt": PROMPT})
    assert page.status_code == 400
    assert "Demo Turbo ignores: “slowly”" in page.content.decode()


def test_the_api_tells_with_the_price_and_of_what_was_made(artist):
    plain = artist.get("/api/v1/price/", FORMAT).json()
    assert plain["ignored_words"] is None
    asked = artist.post("/api/v1/price/", {**FORMAT, "prompt": PROMPT}, content_type="application/json")
    assert (asked.status_code, asked.json()) == (200, plain | {"ignored_words": ["slowly", "at", "sunset"]})
    signs = artist.post("/api/v1/price/", {**FORMAT, "prompt": "🔴 12"}, content_type="application/json")
    assert signs.json()["ignored_words"] == ["🔴", "12"]
    assert not Generation.objects.exists()
    made = artist.post("/api/v1/generations/", {**FORMAT, "prompt": PROMPT}, content_type="application/json").json()
    assert made["ignored_words"] == ["slowly", "at", "sunset"]
    (listed,) = artist.get("/api/v1/generations/").json()["results"]
    assert listed["ignored_words"] == ["slowly", "at", "sunset"]


@pytest.mark.parametrize("prompt", [7, "", "x" * 2001, "a\u0000b"])
def test_the_price_refuses_a_prompt_that_could_not_be_submitted(artist, prompt):
    answer = artist.post("/api/v1/price/", {**FORMAT, "prompt": prompt}, content_type="application/json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "prompt")


def test_no_prompt_comes_into_a_log(artist, caplog):
    with caplog.at_level(logging.DEBUG):
        artist.post("/studio/words/", {"model": "demo", "prompt": "zanzibar"})
        artist.post("/api/v1/price/", {**FORMAT, "prompt": "zanzibar"}, content_type="application/json")
        artist.post("/api/v1/price/", {**FORMAT, "size": "?", "prompt": "zanzibar"}, content_type="application/json")
    logs = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not any("zanzibar" in line for line in logs)
