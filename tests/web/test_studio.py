"""The studio: composing, watching, cancelling, looking back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import Cohort
from audit.models import AuditEvent
from generation import catalogue, progress, services
from generation.models import Attempt, Generation, InputImage, Worker
from generation.states import FailureCode
from quotas.models import Allowance, LedgerEntry
from quotas.selectors import balance
from tests.factories import GenerationFactory
from tests.worker.queue import submitted

pytestmark = pytest.mark.django_db

STUDIO = "/studio/"
GOOD = {"prompt": "Rain on a tin roof", "model": "sketch", "size": "320x192", "seconds": "2", "seed": ""}


def warm_up(client, url: str = STUDIO) -> None:
    client.get(url)


def test_an_artist_sees_the_composer_with_price_balance_and_the_honest_notice(cast):
    page = cast.as_(cast.artist).get(STUDIO).content.decode()
    assert all(f"<span>{catalogue.get(key).notice}</span>" in page for key in ("demo", "sketch"))
    assert "300 of 300 left" in page
    assert 'name="prompt"' in page


@pytest.mark.parametrize("who", ["reviewer", "admin"])
def test_whoever_takes_no_part_has_no_studio(cast, who):
    assert cast.as_(getattr(cast, who)).get(STUDIO).status_code == 404


def test_a_stranger_is_asked_to_sign_in(cast):
    response = cast.as_().get(STUDIO)
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_a_post_queues_a_take_and_leads_back(cast):
    response = cast.as_(cast.artist).post(STUDIO, GOOD)
    assert (response.status_code, response["Location"]) == (303, STUDIO)
    made = Generation.objects.get()
    assert (made.prompt, made.state, made.take) == ("Rain on a tin roof", "queued", 1)


def assert_nothing_happened():
    for model in (Generation, Allowance, LedgerEntry, InputImage, AuditEvent):
        assert not model.objects.exists(), model


@pytest.mark.parametrize("field", ["prompt", "model", "attachment"])
def test_a_file_is_refused_wherever_it_stands_in_the_form_and_the_field_is_named(cast, field):
    response = cast.as_(cast.artist).post(STUDIO, GOOD | {field: SimpleUploadedFile("rain.mp4", b"rain")})
    page = response.content.decode()
    assert response.status_code == 400
    assert f"There is a file in the field “{field}”; only the field “upload” takes one. Nothing was kept." in page
    assert "What you typed is still in your browser" in page
    assert_nothing_happened()


def test_a_page_that_takes_no_files_says_so(cast):
    response = cast.as_(cast.artist).post("/studio/words/", {"prompt": SimpleUploadedFile("rain.txt", b"rain")})
    assert response.status_code == 400
    assert "There is a file in the field “prompt”, and files are not taken here." in response.content.decode()


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("Rain\0 on a roof", "Null characters are not allowed."),
        ("Rain\x07 on a roof", "The prompt holds control characters."),
        ("Rain\x1b[31m on a roof", "The prompt holds control characters."),
        ("🌧" * 100_000, "The prompt has 100000 characters."),
        ("\u200b \u202e", "The prompt is empty."),
    ],
    ids=["NUL", "bell", "escape", "100,000 characters", "nothing to see"],
)
def test_a_prompt_that_cannot_be_taken_is_refused_beside_its_field_and_kept(cast, prompt, words):
    response = cast.as_(cast.artist).post(STUDIO, GOOD | {"prompt": prompt})
    form = response.context["composer"].form
    assert response.status_code == 400
    assert form.errors.keys() == {"prompt"}
    assert form.errors["prompt"][0].startswith(words)
    assert f"{prompt}</textarea>" in response.content.decode()
    assert_nothing_happened()


@pytest.mark.parametrize("prompt", ["🌧️ on a roof 👩🏽‍🚀", "雨\r\nроса\tمطر", "🌧" * 2000])
def test_emoji_and_every_script_go_on_to_the_queue(cast, prompt):
    assert cast.as_(cast.artist).post(STUDIO, GOOD | {"prompt": prompt}).status_code == 303
    assert Generation.objects.get().prompt == prompt.replace("\r\n", "\n")


@pytest.mark.parametrize("number", ["3", "-1", "²", "9" * 5000, "0 ", "\0"])
def test_an_example_that_there_is_not_is_passed_over(cast, number):
    response = cast.as_(cast.artist).get(STUDIO, {"example": number})
    assert response.status_code == 200
    assert response.context["composer"].form["prompt"].value() in {None, ""}


def test_a_post_by_htmx_answers_the_composer_and_the_live_part_and_keeps_the_prompt(cast, htmx):
    response = cast.as_(cast.artist).post(STUDIO, GOOD, headers=htmx)
    text = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in text
    assert text.count('hx-swap-oob="outerHTML"') == 2
    assert "Take 1 is in the queue." in text
    assert "Rain on a tin roof</textarea>" in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"prompt": "  "}, "The prompt is empty."),
        ({"prompt": "x" * 2001}, "2001 characters"),
        ({"size": "99x99"}, "The model does not do this size."),
        ({"seconds": "3"}, "The model does not do this length."),
        ({"seconds": "three"}, "Enter a whole number."),
        ({"seed": "-1"}, "This is not a seed."),
        ({"seed": "x"}, "Enter a whole number."),
        ({"model": "nothing"}, "There is no such model."),
    ],
)
def test_a_bad_field_is_refused_beside_it_with_everything_typed_kept(cast, change, words):
    response = cast.as_(cast.artist).post(STUDIO, GOOD | {"prompt": "Keep these words"} | change)
    text = response.content.decode()
    assert response.status_code == 400
    assert words in text
    if "prompt" not in change:
        assert "Keep these words</textarea>" in text
    assert not Generation.objects.exists()
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ("320x192", "This costs 2 credits and you have 1 credit left."),
        ("1920x1080", "and a whole month has only 3: try it shorter or smaller. You have 1 credit left."),
    ],
    ids=["more than is left", "more than a month has"],
)
def test_over_quota_says_what_is_left_and_when_it_renews_and_keeps_the_prompt(cast, htmx, size, words):
    Cohort.objects.filter(pk=cast.participant.cohort_id).update(monthly_credits=3)
    client = cast.as_(cast.artist)
    client.post(STUDIO, GOOD)
    response = client.post(STUDIO, GOOD | {"size": size}, headers=htmx)
    text = response.content.decode()
    assert response.status_code == 429
    assert words in text
    assert f"Your credits renew on {balance(cast.participant).renews}." in text
    assert "Rain on a tin roof</textarea>" in text
    assert Generation.objects.count() == LedgerEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("zone", "moment"), [("America/New_York", "31 December, 19:00 EST"), ("Asia/Tokyo", "1 January, 09:00 JST")]
)
def test_when_credits_renew_is_one_moment_beside_the_price_in_the_refusal_and_by_api(cast, monkeypatch, zone, moment):
    for module in ("quotas.services", "quotas.selectors"):
        monkeypatch.setattr(f"{module}.now", lambda: datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    Cohort.objects.filter(pk=cast.participant.cohort_id).update(monthly_credits=3)
    client = cast.as_(cast.artist)
    client.cookies["tz"] = zone
    assert f"3 of 3 left · renews {moment}" in client.get(STUDIO).content.decode()
    refused = client.post(STUDIO, GOOD | {"size": "1920x1080"}).content.decode()
    assert f"Your credits renew on {moment}." in refused
    assert f"Only 3 left until {moment}." in refused
    body = {"prompt": "rain", "model": "sketch", "size": "1920x1080", "seconds": 2}
    problem = client.post("/api/v1/generations/", body, content_type="application/json").json()
    assert problem["detail"].endswith(f"Your credits renew on {moment}.")
    allowance = client.get("/api/v1/allowance/").json()
    assert problem["renews_at"] == allowance["renews_at"] == "2027-01-01T00:00:00Z"


def test_without_javascript_another_models_sizes_are_shown_without_creating_anything(cast):
    response = cast.as_(cast.artist).post(STUDIO, GOOD | {"preview": "1", "prompt": ""})
    assert response.status_code == 200
    assert not Generation.objects.exists()


def test_the_price_follows_the_settings(cast, htmx):
    client = cast.as_(cast.artist)
    price = {
        size: client.get("/studio/price/", {"model": "sketch", "size": size, "seconds": "2"}, headers=htmx)
        for size in ("320x192", "1920x1080")
    }
    assert '<strong class="mono">2</strong>' in price["320x192"].content.decode()
    assert '<strong class="mono">18</strong>' in price["1920x1080"].content.decode()


def test_a_price_that_cannot_be_paid_says_so_before_submitting(cast, htmx):
    Cohort.objects.filter(pk=cast.participant.cohort_id).update(monthly_credits=1)
    response = cast.as_(cast.artist).get("/studio/price/", GOOD, headers=htmx)
    assert "Only 1 left until" in response.content.decode()


def test_a_changed_model_brings_its_own_sizes(cast, htmx):
    response = cast.as_(cast.artist).get("/studio/price/", GOOD, headers=htmx | {"HX-Target": "settings"})
    assert response.content.decode().count('name="size"') == len(catalogue.get("sketch").sizes)


def test_nonsense_in_the_price_falls_back_to_what_the_model_does(cast, htmx):
    response = cast.as_(cast.artist).get("/studio/price/", {"model": "?", "size": "?", "seconds": "?"}, headers=htmx)
    assert response.status_code == 200


def test_what_is_under_way_is_told_in_words_with_a_bar(cast):
    running = GenerationFactory(
        participant=cast.participant, take=14, state="running", started_at=timezone.now() - timedelta(seconds=32)
    )
    progress.report(running.pk, 9, 20, "denoise")
    page = cast.as_(cast.artist).get(STUDIO).content.decode()
    assert "Take 14 is rendering, step 9 of 20, about 40 s left." in page
    assert 'max="20" value="9"' in page
    assert 'data-title="9/20"' in page


def test_the_queue_place_is_told(cast):
    for take in (1, 2):
        GenerationFactory(participant=cast.participant, take=take)
    page = cast.as_(cast.artist).get(STUDIO).content.decode()
    assert "Take 1 is next." in page
    assert "Take 2 is number 2 in the queue." in page


def an_attempt(worker: Worker, *, began: timedelta, took: timedelta | None = None) -> None:
    """Of somebody else's take of four credits: measured, or under way still."""
    started = timezone.now() - began
    done = {} if took is None else {"finished_at": timezone.now()}
    attempt = Attempt.objects.create(
        generation=GenerationFactory(state="cancelled" if done else "running", price=4, **done),
        number=1,
        worker=worker,
        state="completed" if done else "running",
        lease_expires_at=timezone.now() + timedelta(seconds=30),
        ended_at=None if took is None else started + took,
    )
    Attempt.objects.filter(pk=attempt.pk).update(started_at=started)


def test_the_first_in_the_queue_is_told_the_wait_too_once_it_is_measured(cast, htmx):
    busy = Worker.objects.create(name="busy", last_seen_at=timezone.now())
    an_attempt(busy, began=timedelta(days=1), took=timedelta(minutes=4))
    an_attempt(busy, began=timedelta(minutes=1))
    for number in (1, 2):
        GenerationFactory(participant=cast.participant, take=number, price=4)
    client = cast.as_(cast.artist)
    for answer in (client.get(STUDIO), client.get("/studio/live/", {"seen": "older"}, headers=htmx)):
        page = answer.content.decode()
        assert "Take 1 is next, about 2 to 4 min to wait." in page
        assert "Take 2 is number 2 in the queue, about 6 to 9 min to wait." in page


def test_the_first_in_the_queue_is_told_no_wait_while_a_worker_is_idle(cast):
    idle = Worker.objects.create(name="idle", last_seen_at=timezone.now())
    an_attempt(idle, began=timedelta(days=1), took=timedelta(minutes=4))
    GenerationFactory(participant=cast.participant, take=1, price=4)
    assert "Take 1 is next." in cast.as_(cast.artist).get(STUDIO).content.decode()


def test_a_poll_is_empty_when_nothing_moves_and_nothing_changed(cast, take_of, htmx):
    take_of(1)
    client = cast.as_(cast.artist)
    signature = client.get(STUDIO).context["studio"].signature
    assert client.get("/studio/live/", {"seen": signature}, headers=htmx).status_code == 204


def test_a_poll_sends_the_takes_again_only_when_they_look_different(cast, take_of, htmx):
    take_of(1)
    GenerationFactory(participant=cast.participant, take=2)
    client = cast.as_(cast.artist)
    signature = client.get(STUDIO).context["studio"].signature
    same = client.get("/studio/live/", {"seen": signature}, headers=htmx)
    assert 'id="takes"' not in same.content.decode()
    assert "every 2s" in same.content.decode()
    other = client.get("/studio/live/", {"seen": "older"}, headers=htmx)
    assert 'id="takes"' in other.content.decode()
    assert "credits-changed" in other["HX-Trigger"]


def test_an_idle_studio_polls_slowly(cast):
    assert "every 20s" in cast.as_(cast.artist).get(STUDIO).content.decode()


def test_an_empty_studio_teaches_with_examples_that_work_without_javascript(cast):
    client = cast.as_(cast.artist)
    assert "?example=1" in client.get(STUDIO).content.decode()
    prompt = client.get(STUDIO, {"example": "1"}).context["composer"].form["prompt"].value()
    assert prompt == "a yellow star spinning on a purple background"


def test_a_first_visitor_is_told_what_the_chosen_model_can_be_told(cast):
    client = cast.as_(cast.artist)
    assert "This model knows only some words." in client.get(STUDIO).content.decode()
    page = client.post(STUDIO, GOOD | {"preview": "1"}).content.decode()
    assert "Say what the camera sees" in page


def test_a_model_that_knows_every_word_is_tried_with_sentences_of_its_own(cast):
    GenerationFactory(participant=cast.participant, model_key="sketch")
    values = cast.as_(cast.artist).get(STUDIO, {"example": "1"}).context["composer"].form
    assert "night market" in values["prompt"].value()


def test_try_again_fills_in_the_settings_of_ones_own_take_only(cast):
    own = GenerationFactory(participant=cast.participant, take=3, prompt="Mine again", seed=99, seconds=4)
    values = cast.as_(cast.artist).get(STUDIO, {"again": str(own.pk)}).context["composer"].form
    assert (values["prompt"].value(), values["seed"].value(), values["seconds"].value()) == ("Mine again", 99, 4)
    others = cast.as_(cast.outsider).get(STUDIO, {"again": str(own.pk)}).content.decode()
    assert "Mine again" not in others


def test_cancelling_gives_the_credits_back(cast, htmx):
    client = cast.as_(cast.artist)
    client.post(STUDIO, GOOD)
    made = Generation.objects.get()
    response = client.post(f"/generations/{made.pk}/cancel/", headers=htmx)
    assert response.status_code == 200
    made.refresh_from_db()
    assert made.state == "cancelled"
    assert "300 of 300 left" in client.get(STUDIO).content.decode()
    assert "its 2 credits are yours again" in client.get(f"/generations/{made.pk}/").content.decode()


def test_a_take_that_fails_gives_the_credits_back_and_its_page_says_so(cast):
    made = submitted(cast.participant)
    client = cast.as_(cast.artist)
    assert "298 of 300 left" in client.get(STUDIO).content.decode()
    attempt = services.claim_next(worker=Worker.objects.create(name="busy", last_seen_at=timezone.now()))
    services.fail(attempt=attempt, code=FailureCode.ENGINE, error="RuntimeError")
    page = client.get(f"/generations/{made.pk}/").content.decode()
    assert "It cost you nothing: its 2 credits are yours again." in page
    assert "300 of 300 left" in client.get(STUDIO).content.decode()


def test_cancelling_by_plain_form_leads_back_with_a_word(cast):
    client = cast.as_(cast.artist)
    client.post(STUDIO, GOOD)
    response = client.post(f"/generations/{Generation.objects.get().pk}/cancel/", follow=True)
    assert "Take 1 is cancelled." in response.content.decode()


def test_nobody_cancels_or_sees_another_artists_take(cast):
    own = GenerationFactory(participant=cast.participant)
    for client in (cast.as_(cast.outsider), cast.as_(cast.reviewer), cast.as_(cast.admin)):
        assert client.post(f"/generations/{own.pk}/cancel/").status_code == 404
        assert client.get(f"/generations/{own.pk}/").status_code == 404


def test_a_failed_take_says_why_and_offers_another_try(cast):
    failed = GenerationFactory(
        participant=cast.participant, state="failed", failure_code="out_of_memory", finished_at=timezone.now()
    )
    page = cast.as_(cast.artist).get(f"/generations/{failed.pk}/").content.decode()
    assert "The model ran out of memory at this size and length." in page
    assert f"?again={failed.pk}" in page


def test_a_completed_take_leads_to_its_video(cast, take_of, htmx):
    take = take_of(1)
    client = cast.as_(cast.artist)
    assert client.get(f"/generations/{take.pk}/")["Location"] == f"/videos/{take.video_id}/"
    assert client.get(f"/generations/{take.pk}/", headers=htmx)["HX-Redirect"] == f"/videos/{take.video_id}/"


def test_a_running_takes_page_is_polled_as_a_fragment(cast, htmx):
    own = GenerationFactory(participant=cast.participant, state="running", started_at=timezone.now())
    text = cast.as_(cast.artist).get(f"/generations/{own.pk}/", headers=htmx).content.decode()
    assert text.lstrip().startswith('<div id="generation"')


def test_older_takes_are_on_later_pages(cast):
    for take in range(1, 31):
        GenerationFactory(participant=cast.participant, take=take, state="cancelled", finished_at=timezone.now())
    client = cast.as_(cast.artist)
    first = client.get(STUDIO).context["studio"]
    assert [take.generation.take for take in first.takes][:2] == [30, 29]
    second = client.get(STUDIO, {"before": first.earlier}).context["studio"]
    assert [take.generation.take for take in second.takes] == list(range(6, 0, -1))


def test_the_studio_asks_as_many_queries_for_many_takes_as_for_few(cast, take_of, django_assert_num_queries):
    client = cast.as_(cast.artist)
    GenerationFactory(participant=cast.participant, take=100)
    take_of(1)
    warm_up(client)
    # session, user, terms, participant, under way, queue (5), switches, takes, trims, video states, how often each was
    # trimmed, latest settings, models that are on, balance, unread
    with django_assert_num_queries(19):
        client.get(STUDIO)
    for take in range(2, 6):
        take_of(take)
        GenerationFactory(participant=cast.participant, take=100 + take)
    with django_assert_num_queries(19):
        client.get(STUDIO)
