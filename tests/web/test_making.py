"""How long each stage took, in words, as a bar and as a table."""

from __future__ import annotations

import re
from itertools import count, pairwise

import pytest

from common.clock import now
from generation.models import Attempt, Worker
from tests.factories import GenerationFactory
from web.making import BAR, making_of

pytestmark = pytest.mark.django_db

TIMINGS = {"wait": 126.0, "load": 4.2, "text": 0.31, "denoise": 31.0, "decode": 6.4, "encode": 2.5, "store": 0.05}


@pytest.fixture
def attempt(take_of):
    takes = count(14)

    def make(number=1, timings=TIMINGS, **settings):
        generation = take_of(next(takes))
        worker = Worker.objects.create(name="w", last_seen_at=now())
        return Attempt.objects.create(
            generation=generation,
            number=number,
            worker=worker,
            lease_expires_at=now(),
            state="completed",
            timings=timings,
            settings={"steps": 20, "native_size": "832x480", **settings},
        )

    return make


def made(attempt):
    return making_of(attempt.generation.video, attempt)


def test_it_is_told_in_plain_words(attempt):
    assert made(attempt()).sentence == (
        "Waited 2 min, loaded the model in 4.2 s, read the prompt in 0.31 s, drew 20 steps in 31.0 s, decoded the "
        "frames in 6.4 s, encoded them in 2.5 s, stored the files in 0.05 s."
    )


def test_what_took_no_time_is_in_the_table_and_not_in_the_sentence(attempt):
    found = made(attempt(timings=TIMINGS | {"load": 0.0, "text": 0.02}))
    assert found.sentence.startswith("Waited 2 min, drew 20 steps")
    assert len(found.stages) == len(TIMINGS)


def test_both_sizes_are_told(attempt):
    assert made(attempt()).sizes == "Rendered natively at 832×480, delivered at 160×96."
    assert made(attempt(number=2, native_size="160x96")).sizes == "Rendered natively at 160×96, and delivered so."
    assert made(attempt(number=3, native_size="")).sizes == ""


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "It took one attempt."),
        (2, "It took 2 attempts: 1 was given up before."),
        (3, "It took 3 attempts: 2 were given up before."),
    ],
)
def test_the_attempts_are_counted(attempt, number, words):
    assert made(attempt(number)).attempts == words


def test_a_later_attempt_does_not_call_the_earlier_ones_waiting(attempt):
    assert made(attempt(2)).sentence.startswith("Began 2 min after you had asked, ")


def test_the_bar_is_full_and_every_stage_is_seen(attempt):
    stages = made(attempt()).stages
    assert [stage.key for stage in stages] == list(TIMINGS)
    assert sum(stage.width for stage in stages) == pytest.approx(BAR, abs=1)
    assert min(stage.width for stage in stages) >= 10
    for one, next_ in pairwise(stages):
        assert next_.x == pytest.approx(one.x + one.width, abs=0.2)


@pytest.mark.parametrize("timings", [{}, {"wait": "soon"}, {"other": 3}, {"wait": -1}])
def test_where_nothing_was_measured_nothing_is_told(attempt, timings):
    assert made(attempt(timings=timings)) is None


def test_no_time_at_all_still_makes_a_bar(attempt):
    assert sum(stage.width for stage in made(attempt(timings={"load": 0, "store": 0})).stages) <= BAR


def test_the_page_shows_sentence_bar_and_table(cast, attempt):
    one = attempt()
    page = cast.as_(cast.artist).get(f"/videos/{one.generation.video_id}/").content.decode()
    assert "Made in 44.5 s" in page
    assert "Waited 2 min, loaded the model in 4.2 s" in page
    assert "832×480 → 160×96" in page
    assert "Rendered natively at 832×480, delivered at 160×96." in page
    assert re.findall(r'<rect data-stage="(\w+)" x="[\d.]+"', page) == list(TIMINGS)
    assert page.count('scope="row"') >= len(TIMINGS)
    assert " style=" not in page


# --- A take that was called off ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("by", "words"),
    [
        (None, "before it began"),
        ("step", "at the end of the step that it was in"),
        ("process", "process was ended"),
        ("", "between two attempts"),
    ],
)
def test_a_cancelled_take_says_how_it_stopped(cast, by, words):
    generation = GenerationFactory(participant=cast.participant, state="cancelled", finished_at=now())
    if by is not None:
        worker = Worker.objects.create(name="w", last_seen_at=now())
        state = "cancelled" if by else "lost"
        Attempt.objects.create(
            generation=generation, number=1, worker=worker, lease_expires_at=now(), state=state, cancelled_by=by
        )
    page = cast.as_(cast.artist).get(f"/generations/{generation.pk}/").content.decode()
    assert words in page


def test_a_failed_take_says_nothing_of_stopping(cast):
    generation = GenerationFactory(
        participant=cast.participant, state="failed", failure_code="engine_error", finished_at=now()
    )
    page = cast.as_(cast.artist).get(f"/generations/{generation.pk}/").content.decode()
    assert "cancelled" not in page.lower()
