"""A generation is finished while the next one denoises; each has its own end."""

from __future__ import annotations

import shutil
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from generation import media, progress
from generation.models import Attempt, Generation
from generation.states import GenerationState
from generation.worker import files, making, spool
from tests.factories import ParticipantFactory
from tests.worker.fake_engine import FakeEngine
from tests.worker.queue import is_balanced, submitted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _meet(monkeypatch):
    """Storing the first one waits until the second one denoises: they meet, or the test fails."""
    denoising = threading.Event()
    report, store = progress.report, files.store
    seen: list[object] = []

    def notice(generation_id, step, total, stage):
        if stage == "denoise" and generation_id not in seen:
            seen.append(generation_id)
            if len(seen) == 2:
                denoising.set()
        report(generation_id, step, total, stage)

    def wait_and_store(*arguments, **keywords):
        assert denoising.wait(30)
        return store(*arguments, **keywords)

    monkeypatch.setattr(progress, "report", notice)
    monkeypatch.setattr(files, "store", wait_and_store)


@pytest.mark.usefixtures("_meet")
def test_the_last_one_is_stored_while_the_next_one_denoises(process):
    both = [submitted(model_key="fake"), submitted(model_key="fake")]
    process.answer()
    for generation in both:
        generation.refresh_from_db()
        assert generation.state == "completed"
        assert is_balanced(generation)


@pytest.mark.parametrize("alongside", [True, False])
def test_frames_are_encoded_while_the_next_one_denoises(process, monkeypatch, alongside):
    """The first one's encoder waits, with frames still to take, until the second denoises: they are still to be decoded
    where the engine does both at a time, and lie on the disk where it does not.
    """
    denoising = threading.Event()
    report, encode, took = progress.report, media.encode, []
    stages: list[object] = []

    def notice(generation_id, step, total, stage):
        if stage == "denoise" and generation_id not in stages:
            stages.append(generation_id)
            if len(stages) == 2:
                denoising.set()
        report(generation_id, step, total, stage)

    def wait_and_encode(frames, **keywords):
        def late():
            for number, frame in enumerate(frames):
                if number == 1:
                    took.append(denoising.wait(30))
                yield frame

        return encode(late(), **keywords)

    monkeypatch.setattr(FakeEngine, "decodes_alongside", alongside, raising=False)
    monkeypatch.setattr(progress, "report", notice)
    monkeypatch.setattr(media, "encode", wait_and_encode)
    both = [submitted(model_key="fake", seconds=1) for _ in range(2)]
    process.answer()
    assert took == [True, True]
    assert [Generation.objects.get(pk=one.pk).state for one in both] == ["completed", "completed"]


@pytest.mark.usefixtures("_meet")
def test_while_it_is_finished_it_still_runs(process, monkeypatch):
    """For caps and for the artist: two run, whatever each of them is doing."""
    both = [submitted(model_key="fake"), submitted(model_key="fake")]
    running = []
    draw = FakeEngine.render

    def count_and_draw(engine, request, on_step, *more):
        running.append(Generation.objects.filter(state=GenerationState.RUNNING).count())
        return draw(engine, request, on_step, *more)

    monkeypatch.setattr(FakeEngine, "render", count_and_draw)
    process.answer()
    assert running == [1, 2]
    assert Generation.objects.filter(pk__in=[one.pk for one in both], state="completed").count() == 2


@pytest.mark.usefixtures("_meet")
def test_what_breaks_while_the_last_one_is_finished_breaks_alone(process):
    good, bad, after = (submitted(model_key="fake", prompt=prompt) for prompt in ("rain", "poison", "snow"))
    process.answer()
    states = [Generation.objects.get(pk=one.pk).state for one in (good, bad, after)]
    assert states == ["completed", "failed", "completed"]


def test_never_more_than_one_is_in_finishing(process, monkeypatch):
    inside, most = [], []
    store = files.store

    def count_and_store(*arguments, **keywords):
        inside.append(1)
        most.append(len(inside))
        try:
            return store(*arguments, **keywords)
        finally:
            inside.pop()

    monkeypatch.setattr(files, "store", count_and_store)
    for _ in range(4):
        submitted(model_key="fake", seconds=1)
    process.answer()
    assert Attempt.objects.filter(state="completed").count() == 4
    assert set(most) == {1}


def test_the_next_prompt_is_read_while_this_one_denoises(process, models, monkeypatch):
    """The first is finished, the second waits in its third step, the third is still in the queue: and read."""
    read, used = threading.Event(), []
    draw = FakeEngine.render

    def encode(engine, request):
        read.set()
        (models / "hold").unlink()
        return f"encoded {request.seed}"

    def note_and_draw(engine, request, on_step, encoded=None):
        used.append(encoded)
        if request.seed == 2:
            (models / "hold").touch()
        return draw(engine, request, on_step)

    monkeypatch.setattr(FakeEngine, "decodes_alongside", True, raising=False)
    monkeypatch.setattr(FakeEngine, "encode", encode, raising=False)
    monkeypatch.setattr(FakeEngine, "render", note_and_draw)
    # Stored only when the second one denoises.
    store, report = files.store, progress.report
    denoising = threading.Event()

    def notice(generation_id, step, total, stage):
        report(generation_id, step, total, stage)
        if stage == "denoise" and len(used) == 2:
            denoising.set()

    def wait_and_store(*arguments, **keywords):
        assert denoising.wait(30)
        return store(*arguments, **keywords)

    monkeypatch.setattr(progress, "report", notice)
    monkeypatch.setattr(files, "store", wait_and_store)
    participant = ParticipantFactory()
    for seed in (1, 2, 3):
        submitted(participant, model_key="fake", seed=seed, seconds=1)
    process.answer()
    assert read.is_set()
    assert used == [None, None, "encoded 3"]
    assert Attempt.objects.filter(state="completed").count() == 3


def test_frames_by_way_of_the_disk_are_the_same_and_leave_it_at_once(tmp_path):
    random = np.random.default_rng(4)
    made = [random.integers(0, 255, (6, 10, 3), dtype=np.uint8) for _ in range(5)]
    ended = []

    def decoded():
        try:
            yield from made
        finally:
            ended.append(True)

    taken = spool.spooled(decoded(), 4, tmp_path)
    first = next(taken)
    assert ended, "the engine is free"
    assert list(tmp_path.iterdir()) == []
    assert [frame.tolist() for frame in (first, *taken)] == [frame.tolist() for frame in made[:4]]
    assert list(spool.spooled((frame for frame in ()), 4, tmp_path)) == []


def test_without_room_on_the_disk_frames_are_encoded_as_they_are_decoded(process, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=2 * 3 * 64 * 48 * 9))
    monkeypatch.setattr(making, "spooled", None)
    generation = submitted(model_key="fake", seconds=1)
    process.answer()
    generation.refresh_from_db()
    assert generation.state == "completed"
