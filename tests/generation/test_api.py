"""Generations by API: asking, watching, calling off, and everything that may be wrong with a request."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT
from django.utils import timezone

from accounts.services import create_token
from accounts.states import Scope
from audit.models import AuditEvent
from generation import catalogue, progress
from generation.models import Attempt, Generation, Worker
from generation.states import AttemptState, FailureCode, GenerationState
from quotas.models import Allowance, LedgerEntry
from quotas.periods import instant
from quotas.selectors import balance
from tests.factories import GenerationFactory, ParticipantFactory, ReviewerFactory, VideoFactory

pytestmark = pytest.mark.django_db
LIST = "/api/v1/generations/"
GOOD = {"prompt": "rain on a tin roof", "model": "sketch", "size": "320x192", "seconds": 2, "seed": 7}


@pytest.fixture
def artist():
    return ParticipantFactory(cohort__monthly_credits=100, cohort__max_queued=3).user


@pytest.fixture
def api(client, artist):
    client.force_login(artist)
    return client


def post(client, path=LIST, body=None, **headers):
    return client.post(path, json.dumps({} if body is None else body), content_type="application/json", headers=headers)


def create(client, **changes):
    answer = post(client, body=GOOD | changes)
    assert answer.status_code == 201, answer.content
    return answer.json()


def assert_nothing_happened():
    for model in (Generation, Allowance, LedgerEntry, AuditEvent):
        assert not model.objects.exists(), model


# --- Asking ------------------------------------------------------------------------------------------------------


def test_a_generation_is_created_and_described(api):
    answer = post(api, body=GOOD)
    assert answer.status_code == 201
    row = answer.json()
    generation = Generation.objects.get()
    assert answer["Location"] == f"{LIST}{generation.pk}/"
    expected = {
        "id": str(generation.pk),
        "take": 1,
        "state": "queued",
        "model": "sketch",
        "prompt": "rain on a tin roof",
        "ignored_words": [],
        "seed": 7,
        "size": "320x192",
        "seconds": 2,
        "fps": generation.fps,
        "mode": "text",
        "image": None,
        "parent": None,
        "relation": "",
        "batch": None,
        "price": 2,
        "refund": 0,
        "place": 1,
        "expected_wait_seconds": None,
        "expected_wait_low_seconds": None,
        "expected_wait_high_seconds": None,
        "held_at": None,
        "progress": None,
        "failure": None,
        "video_id": None,
        "created_at": row["created_at"],
        "started_at": None,
        "finished_at": None,
        "cancel_requested_at": None,
        "links": {
            "self": f"{LIST}{generation.pk}/",
            "page": f"/generations/{generation.pk}/",
            "cancel": f"{LIST}{generation.pk}/cancel/",
            "hold": f"{LIST}{generation.pk}/hold/",
            "resume": None,
            "move": f"{LIST}{generation.pk}/move/",
            "video": None,
        },
        "attempts": [],
    }
    assert row == expected
    assert api.get(answer["Location"]).json() == expected


def test_without_a_seed_the_answer_says_which_was_drawn(api):
    answer = post(api, body={key: value for key, value in GOOD.items() if key != "seed"})
    assert answer.json()["seed"] == Generation.objects.get().seed


def test_prompts_are_kept_out_of_caches(api):
    create(api)
    assert api.get(LIST)["Cache-Control"] == "private, no-store"


MISSING = object()
BAD = [
    ("empty prompt", {"prompt": ""}, ["prompt"]),
    ("blank prompt", {"prompt": " \n"}, ["prompt"]),
    ("nothing to see", {"prompt": "\u200b\u202e\u00ad \u2060"}, ["prompt"]),
    ("100,000 characters", {"prompt": "é" * 100_000}, ["prompt"]),
    ("NUL", {"prompt": "a\0"}, ["prompt"]),
    ("control character", {"prompt": "a\x07b"}, ["prompt"]),
    ("half a pair", {"prompt": "\ud83c"}, ["prompt"]),
    ("prompt as number", {"prompt": 1}, ["prompt"]),
    ("prompt as list", {"prompt": ["rain"]}, ["prompt"]),
    ("prompt null", {"prompt": None}, ["prompt"]),
    ("no prompt", {"prompt": MISSING}, ["prompt"]),
    ("no model", {"model": MISSING}, ["model"]),
    ("no size", {"size": MISSING}, ["size"]),
    ("no length", {"seconds": MISSING}, ["seconds"]),
    ("unknown model", {"model": "sora-2"}, ["model"]),
    ("model as object", {"model": {}}, ["model"]),
    ("unknown size", {"size": "1919x1080"}, ["size"]),
    ("1088 lines", {"size": "1920x1088"}, ["size"]),
    ("size as list", {"size": [320, 192]}, ["size"]),
    ("unknown length", {"seconds": 11}, ["seconds"]),
    ("length as text", {"seconds": "4"}, ["seconds"]),
    ("length as fraction", {"seconds": 4.0}, ["seconds"]),
    ("boolean length", {"seconds": True}, ["seconds"]),
    ("negative seed", {"seed": -1}, ["seed"]),
    ("huge seed", {"seed": 2**64}, ["seed"]),
    ("boolean seed", {"seed": False}, ["seed"]),
    ("seed as fraction", {"seed": 7.0}, ["seed"]),
    ("seed as text", {"seed": "7"}, ["seed"]),
    ("not a number", {"seed": float("nan")}, None),  # not JSON at all
    ("unknown field", {"steps": 50}, ["steps"]),
    ("somebody else's name", {"participant": str(uuid.uuid4()), "price": 0}, ["participant", "price"]),
    ("everything", {"prompt": "", "model": "x", "size": 1, "seconds": None, "seed": "x"}, [*GOOD]),
]


@pytest.mark.parametrize(("changes", "fields"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_input_is_answered_with_field_reason_and_what_is_allowed(api, changes, fields):
    body = {key: value for key, value in (GOOD | changes).items() if value is not MISSING}
    answer = post(api, body=body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    if fields is not None:
        assert [error["field"] for error in problem["errors"]] == fields
        for error in problem["errors"]:
            assert error["reason"]
            assert error["allowed"]
    assert_nothing_happened()


@pytest.mark.parametrize("prompt", ["🎬 rain 🌧️", "👩🏽‍🎨", "雨\n\tfalls"])
def test_emoji_and_every_script_are_fine(api, prompt):
    assert create(api, prompt=prompt)["prompt"] == prompt


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ("{", "parse_error", "JSON parse error"),
        ("", "invalid", "A prompt is a text."),
        ('{"prompt": "a" "b"}', "parse_error", "JSON parse error"),
        ("\xff", "parse_error", "JSON parse error"),
        ("[]", "invalid", "Expected a dictionary, but got list."),
        ("null", "invalid", "No data provided"),
        ('"rain"', "invalid", "Expected a dictionary, but got str."),
        ("5", "invalid", "Expected a dictionary, but got int."),
    ],
)
def test_malformed_bodies_are_refused(api, body, code, words):
    answer = api.post(LIST, body.encode("latin-1"), content_type="application/json")
    problem = answer.json()
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert problem["code"] == code
    assert words in " ".join([problem["detail"], *(error["reason"] for error in problem.get("errors", []))])
    assert_nothing_happened()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (GOOD | {"prompt": SimpleUploadedFile("rain.txt", b"rain")}, MULTIPART_CONTENT),
        ("prompt=rain", "application/x-www-form-urlencoded"),
        (b"rain", "video/mp4"),
    ],
    ids=["a file in a form", "a form", "a file"],
)
def test_uploads_have_no_place_here(api, body, kind):
    answer = api.post(LIST, body, content_type=kind)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (415, "unsupported_media_type")
    assert answer["Content-Type"] == "application/problem+json"
    assert problem["detail"] == "Send this as application/json. Files and forms are not taken here."
    assert_nothing_happened()


@pytest.mark.parametrize(
    ("count", "needed", "words"),
    [
        (1, 90, "This costs 90 credits and you have 10 credits left."),
        (2, 180, "and a whole month has only 100: try it shorter or smaller. You have 10 credits left."),
    ],
    ids=["more than is left", "more than a month has"],
)
def test_over_quota_says_what_is_left_and_when_it_renews_and_that_asking_again_is_no_use(
    api, artist, count, needed, words
):
    create(api, size="1920x1080", seconds=10)
    answer = post(api, body=GOOD | {"size": "1920x1080", "seconds": 10, "count": count})
    assert answer.status_code == 429
    assert answer["x-should-retry"] == "false"
    problem = answer.json()
    left = balance(artist.participant)
    assert (problem["code"], problem["free"], problem["needed"]) == ("quota_exceeded", 10, needed)
    assert problem["renews_at"] == instant(left.renews_at)
    assert words in problem["detail"]
    assert problem["detail"].endswith(f" Your credits renew on {left.renews}.")
    assert Generation.objects.count() == LedgerEntry.objects.count() == 1


def test_a_full_queue_says_so(api):
    for _ in range(3):
        create(api)
    answer = post(api, body=GOOD)
    assert (answer.status_code, answer.json()["code"]) == (429, "queue_full")


def test_whoever_takes_no_part_is_told(client):
    client.force_login(ReviewerFactory())
    answer = post(client, body=GOOD)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_a_participant")


def test_anonymous_people_are_sent_away(client):
    generation = GenerationFactory()
    for answer in (
        client.get(LIST),
        post(client, body=GOOD),
        client.get(f"{LIST}{generation.pk}/"),
        client.get("/api/v1/models/"),
        client.get("/api/v1/price/"),
        client.get("/api/v1/allowance/"),
        client.get("/api/v1/ledger/"),
    ):
        assert answer.status_code in {401, 403}
        assert "prompt" not in answer.content.decode()


# --- Tokens ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "reads", "writes"),
    [(Scope.GENERATIONS_READ, 200, 403), (Scope.GENERATIONS_WRITE, 403, 201), (Scope.VIDEOS_READ, 403, 403)],
)
def test_a_token_does_what_its_scope_says(client, artist, scope, reads, writes):
    _token, secret = create_token(actor=artist, name="script", scopes=[scope], days=1)
    bearer = {"Authorization": f"Bearer {secret}"}
    for path in (LIST, "/api/v1/models/", "/api/v1/allowance/", "/api/v1/ledger/"):
        assert client.get(path, headers=bearer).status_code == reads
    answer = post(client, body=GOOD, **bearer)
    assert answer.status_code == writes
    if writes == 403:
        assert answer.json()["code"] == "scope_missing"


# --- Watching ----------------------------------------------------------------------------------------------------


def running(artist, **fields):
    generation = GenerationFactory(participant=artist.participant, state=GenerationState.RUNNING, **fields)
    worker = Worker.objects.create(name="w", last_seen_at=timezone.now())
    Attempt.objects.create(
        generation=generation,
        number=1,
        worker=worker,
        lease_expires_at=timezone.now() + timedelta(seconds=30),
        settings={"steps": 6},
        timings={"load": 0.5},
    )
    return generation


def test_progress_is_shown_while_it_runs_and_forgotten_after(api, artist):
    generation = running(artist)
    progress.report(generation.pk, 3, 6, "denoise")
    row = api.get(f"{LIST}{generation.pk}/").json()
    assert row["progress"] == {"step": 3, "total": 6, "stage": "denoise"}
    assert row["place"] is None
    Generation.objects.update(state=GenerationState.CANCELLED, finished_at=timezone.now())
    assert api.get(f"{LIST}{generation.pk}/").json()["progress"] is None


def test_attempts_are_shown_with_their_settings_and_timings(api, artist):
    generation = running(artist)
    (attempt,) = api.get(f"{LIST}{generation.pk}/").json()["attempts"]
    assert attempt.pop("started_at")
    assert attempt == {
        "number": 1,
        "state": AttemptState.RUNNING,
        "ended_at": None,
        "settings": {"steps": 6},
        "timings": {"load": 0.5},
        "cancelled_by": "",
        "peak_memory_mib": None,
    }


def test_a_failure_is_explained_and_the_refund_named(api, artist):
    row = create(api)
    generation = Generation.objects.get()
    from quotas.services import release

    release(actor=artist, reservation=generation.pk)
    Generation.objects.update(
        state=GenerationState.FAILED, failure_code=FailureCode.OUT_OF_MEMORY, finished_at=timezone.now()
    )
    row = api.get(f"{LIST}{generation.pk}/").json()
    assert row["failure"]["code"] == "out_of_memory"
    assert row["failure"]["message"] == str(FailureCode.OUT_OF_MEMORY.label)
    assert "less memory" in row["failure"]["suggestion"]
    assert row["refund"] == row["price"]
    assert row["links"]["cancel"] is None


def test_a_completed_one_names_its_video(api, artist):
    video = VideoFactory(owner=artist)
    generation = GenerationFactory(
        participant=artist.participant, state=GenerationState.COMPLETED, video=video, finished_at=timezone.now()
    )
    row = api.get(f"{LIST}{generation.pk}/").json()
    assert row["video_id"] == str(video.pk)
    assert row["links"]["video"] == f"/api/v1/videos/{video.pk}/"


def test_the_list_is_newest_first_and_only_ones_own(api, artist):
    first = GenerationFactory(participant=artist.participant)
    Generation.objects.filter(pk=first.pk).update(state="cancelled", finished_at=timezone.now())
    GenerationFactory(prompt="somebody else's")
    rows = api.get(LIST).json()["results"]
    assert [row["id"] for row in rows] == [str(first.pk)]
    assert "attempts" not in rows[0]


def test_pages_follow_each_other_by_cursor(api, artist):
    made = [GenerationFactory(participant=artist.participant) for _ in range(5)]
    seen, path = [], f"{LIST}?limit=2"
    while path:
        page = api.get(path).json()
        seen += [row["id"] for row in page["results"]]
        path = page["next"]
    assert seen == sorted((str(row.pk) for row in made), reverse=True)


@pytest.mark.parametrize("count", [1, 12])
def test_the_list_costs_the_same_however_long(api, artist, count, django_assert_num_queries):
    for _ in range(count):
        GenerationFactory(participant=artist.participant)
    running(artist)
    # 1. session  2. person  3. terms  4. a page of generations with their refunds
    # 5. whether the queue is long  6. the queue in order  7. live workers  8. completed attempts  9. running attempts
    with django_assert_num_queries(9):
        assert len(api.get(LIST).json()["results"]) == count + 1


@pytest.mark.parametrize("lost", [0, 2])
def test_the_detail_costs_the_same_however_many_attempts(api, artist, lost, django_assert_num_queries):
    generation = running(artist)
    for number in range(2, 2 + lost):
        Attempt.objects.create(
            generation=generation,
            number=number,
            worker=Worker.objects.get(),
            state=AttemptState.LOST,
            lease_expires_at=timezone.now(),
        )
    # 1. session  2. person  3. terms  4. the generation with its refund  5. its attempts
    with django_assert_num_queries(5):
        assert len(api.get(f"{LIST}{generation.pk}/").json()["attempts"]) == lost + 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_somebody_elses_is_as_missing_as_none(api, method):
    hidden, missing = GenerationFactory().pk, uuid.uuid4()
    answers = []
    for pk in (hidden, missing):
        answer = api.get(f"{LIST}{pk}/") if method == "get" else post(api, f"{LIST}{pk}/cancel/")
        assert answer.status_code == 404
        answers.append({**answer.json(), "request_id": ""})
    assert answers[0] == answers[1]
    assert Generation.objects.get().state == GenerationState.QUEUED


def test_a_reviewer_sees_no_prompts(client):
    generation = GenerationFactory()
    client.force_login(ReviewerFactory())
    assert client.get(LIST).json()["results"] == []
    assert client.get(f"{LIST}{generation.pk}/").status_code == 404


# --- Calling off -------------------------------------------------------------------------------------------------


def test_cancelling_gives_the_credits_back(api):
    row = create(api)
    answer = post(api, row["links"]["cancel"])
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["refund"]) == ("cancelled", row["price"])
    assert answer.json()["links"]["cancel"] is None
    again = post(api, row["links"]["cancel"])
    assert (again.status_code, again.json()["state"]) == (200, "cancelled")
    assert api.get("/api/v1/allowance/").json()["free"] == 100


def test_a_running_one_says_that_it_was_asked_to_stop(api, artist):
    generation = running(artist)
    row = post(api, f"{LIST}{generation.pk}/cancel/").json()
    assert row["state"] == "running"
    assert row["cancel_requested_at"]


def test_what_has_ended_cannot_be_cancelled(api, artist):
    video = VideoFactory(owner=artist)
    generation = GenerationFactory(
        participant=artist.participant, state=GenerationState.COMPLETED, video=video, finished_at=timezone.now()
    )
    answer = post(api, f"{LIST}{generation.pk}/cancel/")
    assert (answer.status_code, answer.json()["code"]) == (409, "already_finished")


def test_cancelling_takes_no_words(api):
    row = create(api)
    assert post(api, row["links"]["cancel"], {"reason": "x"}).status_code == 400
    assert Generation.objects.get().state == GenerationState.QUEUED


# --- Models and prices -------------------------------------------------------------------------------------------


def test_the_models_say_what_they_do_and_what_it_costs(api):
    rows = {row["key"]: row for row in api.get("/api/v1/models/").json()["results"]}
    entry = catalogue.get("sketch")
    assert rows["sketch"]["sizes"] == list(entry.sizes)
    assert rows["sketch"]["seconds"] == list(entry.seconds)
    assert rows["sketch"]["prices"]["640x360"]["4"] == 4
    assert "sketch model" in rows["sketch"]["notice"]


def test_the_price_is_known_before_asking(api):
    answer = api.get("/api/v1/price/?model=sketch&size=1920x1080&seconds=10")
    told = {"model": "sketch", "size": "1920x1080", "seconds": 10, "price": 90, "ignored_words": None}
    assert answer.json() == told
    assert create(api, size="1920x1080", seconds=10)["price"] == 90


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", ["model", "size", "seconds"]),
        ("model=sketch&size=320x192&seconds=three", ["seconds"]),
        ("model=sketch&size=320x192&seconds=3", ["seconds"]),
        ("model=sketch&size=320x192&seconds=٤", ["seconds"]),
        ("model=sketch&size=320x192&seconds=" + "9" * 5000, ["seconds"]),
        ("model=sora&size=320x192&seconds=4", ["model"]),
        ("model=sketch&size=320x192&seconds=4&free=1", ["free"]),
    ],
)
def test_a_price_that_nobody_can_name_says_why(api, query, fields):
    answer = api.get(f"/api/v1/price/?{query}")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == fields
