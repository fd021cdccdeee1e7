"""A worker with a fast fake engine: real database, real encoder, real storage; from doorbell to ended generation."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

import av
import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError, connection

from generation import services
from generation.models import Attempt, Generation
from generation.services import attempts
from generation.worker import files, work
from generation.worker.scratch import scratch_folder, sweep_scratch
from tests.worker.fake_engine import FakeEngine
from tests.worker.queue import is_balanced, ledger, submitted
from videos.models import Rendition, Video
from videos.storage import open_file

pytestmark = pytest.mark.django_db(transaction=True)


def ask(prompt: str = "rain on a tin roof", model: str = "fake", seconds: int = 2) -> Generation:
    return submitted(prompt=prompt, model_key=model, seconds=seconds)


def stored_files(settings) -> list[Path]:
    root = Path(settings.STORAGES["private"]["OPTIONS"]["location"])
    return [path for path in root.rglob("*") if path.is_file()]


def scratch(settings) -> list[Path]:
    return list((settings.DATA_DIR / "scratch").glob("*"))


class TestSuccess:
    def test_a_prompt_becomes_a_private_video(self, process, settings):
        generation = ask()
        process.answer()
        generation.refresh_from_db()
        video = generation.video
        assert (generation.state, video.width, video.height, video.fps, video.frame_count) == (
            "completed",
            320,
            192,
            8,
            16,
        )
        kinds = {rendition.kind: rendition for rendition in video.renditions.all()}
        assert set(kinds) == {"original", "poster", "storyboard"}
        for rendition in kinds.values():
            with open_file(rendition.storage_key) as file:
                assert len(file.read()) == rendition.size
            assert rendition.storage_key.startswith(f"attempts/{generation.attempts.get().pk}/")
        assert is_balanced(generation)
        assert scratch(settings) == []

    def test_prompt_settings_and_timings_are_kept_on_the_attempt(self, process):
        generation = ask()
        process.answer()
        attempt = generation.attempts.get()
        assert set(attempt.timings) == {"wait", "load", "text", "denoise", "decode", "encode", "store"}
        assert attempt.timings["load"] < 90
        assert attempt.settings["seed"] == 7
        assert attempt.settings["steps"] == 6
        assert attempt.settings["native_size"] == "64x48"
        assert attempt.settings["prompt"] == generation.prompt

    def test_the_queue_is_emptied_with_the_model_loaded_once(self, process):
        for _ in range(3):
            ask()
        process.answer()
        assert set(Generation.objects.values_list("state", flat=True)) == {"completed"}
        assert FakeEngine.loaded == ["fake"]

    def test_models_stay_as_long_as_they_fit_and_the_one_used_longest_ago_goes(self, process, settings):
        settings.WORKER_MEMORY_MIB = 200  # two of a hundred each
        for model in ("fake", "another", "rich"):
            ask(model=model)
            process.answer()
        # What was never loaded here may need everything; from then on its size is known.
        assert process.engines.keys == ["rich"]
        for model in ("fake", "rich", "another", "rich"):
            ask(model=model)
            process.answer()
        assert process.engines.keys == ["rich", "another"]
        assert FakeEngine.loaded == ["fake", "another", "rich", "fake", "another"]

    def test_a_model_makes_sound_and_a_second_rendition(self, process, settings):
        generation = ask(model="rich", seconds=1)
        process.answer()
        generation.refresh_from_db()
        assert generation.state == "completed", generation.attempts.get().error
        renditions = {one.kind: one for one in generation.video.renditions.all()}
        assert set(renditions) == {"original", "av1", "poster", "storyboard"}
        for kind, codec in (("original", "h264"), ("av1", "av1")):
            with open_file(renditions[kind].storage_key) as file, av.open(file) as film:
                names = {stream.type: stream.codec_context.name for stream in film.streams}
                assert (names["audio"], codec in names["video"] or "dav1d" in names["video"]) == ("aac", True)
        assert generation.attempts.get().peak_memory_mib == 123

    def test_an_extension_starts_from_the_last_picture_of_its_parent(self, process):
        parent = ask(model="rich", seconds=1)
        process.answer()
        extension = ask(model="rich", seconds=1)
        Generation.objects.filter(pk=extension.pk).update(mode="image", relation="extend", parent=parent)
        process.answer()
        extension.refresh_from_db()
        assert extension.state == "completed", extension.attempts.get().error
        assert FakeEngine.starts[0] is None
        height, width, _colours = FakeEngine.starts[1].shape
        assert (width, height) == (320, 192)
        # Frames grow lighter by 8 of 256 each: it is the eighth that was seen.
        assert abs(int(FakeEngine.starts[1].mean()) - 7 * 8) <= 3


class TestOutOfMemory:
    @pytest.mark.parametrize("prompt", ["memory to spare", "huge"])
    def test_a_second_try_with_less_memory_in_the_same_attempt(self, process, prompt):
        tight, after = ask(prompt), ask()
        process.answer()
        for generation in (tight, after):
            generation.refresh_from_db()
            assert generation.state == "completed"
            assert generation.attempts.count() == 1
        assert FakeEngine.economised == ["fake"]


class TestFailure:
    @pytest.mark.parametrize(
        ("prompt", "code"),
        [
            ("poison", "engine_error"),
            ("memory", "out_of_memory"),
            ("undecodable", "engine_error"),
            ("short", "encode_error"),
        ],
    )
    def test_a_bad_prompt_fails_alone_and_the_worker_goes_on(self, process, settings, caplog, prompt, code):
        bad, good = ask(f"secret {prompt}"), ask()
        with caplog.at_level(logging.DEBUG):
            process.answer()
        bad.refresh_from_db()
        good.refresh_from_db()
        assert (bad.state, bad.failure_code, good.state) == ("failed", code, "completed")
        assert ledger(bad) == {"reserve": bad.price, "release": bad.price}
        attempt = bad.attempts.get()
        assert " at " in attempt.error
        assert "secret" not in attempt.error + caplog.text
        # The model is loaded anew after an error.
        assert FakeEngine.loaded == ["fake", "fake"]
        assert len(stored_files(settings)) == Rendition.objects.count() == 3
        assert scratch(settings) == []

    def test_a_model_that_is_no_longer_offered(self, process):
        generation = ask()
        Generation.objects.filter(pk=generation.pk).update(model_key="withdrawn")
        process.answer()
        generation.refresh_from_db()
        assert (generation.state, generation.failure_code) == ("failed", "model_unavailable")

    def test_an_engine_that_cannot_be_imported_here(self, process):
        generation = ask(model="missing")
        process.answer()
        generation.refresh_from_db()
        assert (generation.state, generation.failure_code) == ("failed", "model_unavailable")


class FlakyStorage(FileSystemStorage):
    """Fails so many times before it works."""

    failures = 0

    def _save(self, name, content):
        if type(self).failures > 0:
            type(self).failures -= 1
            raise OSError(5, "Input/output error")
        return super()._save(name, content)


class TestStorage:
    @pytest.fixture(autouse=True)
    def _flaky(self, settings, tmp_path, monkeypatch):
        monkeypatch.setattr(files, "PAUSES", (0.01, 0.01))
        private = {
            "BACKEND": "tests.worker.test_runner.FlakyStorage",
            "OPTIONS": {"location": tmp_path / "flaky"},
        }
        settings.STORAGES = settings.STORAGES | {"private": private}

    def test_a_hiccup_costs_nothing(self, process):
        FlakyStorage.failures = 2
        generation = ask()
        process.answer()
        generation.refresh_from_db()
        assert generation.state == "completed"

    def test_a_storage_that_keeps_failing_is_said_and_refunded(self, process, settings):
        FlakyStorage.failures = 3
        generation = ask()
        process.answer()
        generation.refresh_from_db()
        assert (generation.state, generation.failure_code) == ("failed", "storage_error")
        assert ledger(generation)["release"] == generation.price
        assert not Video.objects.exists()
        assert stored_files(settings) == []


def in_the_middle(process, models: Path) -> threading.Thread:
    """Let the worker come to its third step and stay there; removing `hold` lets it go on."""
    (models / "hold").touch()

    def answer() -> None:
        process.answer()
        connection.close()

    thread = threading.Thread(target=answer)
    thread.start()
    deadline = time.monotonic() + 10
    while not Attempt.objects.filter(state="running").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.3)
    return thread


class TestInterruption:
    def test_a_cancel_stops_at_the_next_step_and_charges_what_ran(self, process, models, settings):
        generation = ask()
        thread = in_the_middle(process, models)
        services.cancel(actor=generation.participant.user, generation=generation)
        thread.join(10)
        assert not thread.is_alive()
        generation.refresh_from_db()
        assert generation.state == "cancelled"
        assert generation.price == 6
        assert ledger(generation) == {"reserve": 6, "settle": 3, "release": 3}
        assert stored_files(settings) == scratch(settings) == []

    def test_a_worker_that_is_told_to_stop_gives_back_and_takes_no_more(self, process, models, settings):
        settings.DRAIN_SECONDS = 0
        running, waiting = ask(), ask()
        thread = in_the_middle(process, models)
        process.stop()
        thread.join(10)
        assert not thread.is_alive()
        for generation in (running, waiting):
            generation.refresh_from_db()
            assert generation.state == "queued"
        assert running.attempts.get().state == "returned"
        assert not waiting.attempts.exists()

    def test_a_lost_lease_ends_the_work_in_silence(self, process, models, settings):
        generation = ask()
        thread = in_the_middle(process, models)
        settings.DRAIN_SECONDS = 60
        process.stop()  # so that it does not take it up anew
        Attempt.objects.update(lease_expires_at="2020-01-01T00:00:00Z")
        assert services.reap() == 1
        thread.join(10)
        assert not thread.is_alive()
        generation.refresh_from_db()
        assert (generation.state, generation.failure_code) == ("queued", "")
        assert generation.attempts.get().state == "lost"
        assert ledger(generation) == {"reserve": generation.price}

    def test_the_lease_is_kept_while_steps_are_slow(self, process, models, settings):
        settings.LEASE_SECONDS = 1
        generation = ask()
        thread = in_the_middle(process, models)
        time.sleep(1.5)
        assert services.reap() == 0
        (models / "hold").unlink()
        thread.join(10)
        generation.refresh_from_db()
        assert generation.state == "completed"
        assert generation.attempts.count() == 1


class TestDatabaseAway:
    def test_a_completion_whose_answer_was_lost_is_asked_for_again(self, process, monkeypatch):
        """The commit succeeded and the connection broke before we heard of it."""
        generation, calls = ask(), []
        complete = attempts.complete

        def complete_and_break(**arguments):
            calls.append(1)
            video = complete(**arguments)
            if len(calls) == 1:
                raise OperationalError("server closed the connection unexpectedly")
            return video

        monkeypatch.setattr(attempts, "complete", complete_and_break)
        monkeypatch.setattr(work, "PAUSE", 0.01)
        process.answer()
        generation.refresh_from_db()
        assert len(calls) == 2
        assert generation.state == "completed"
        assert Video.objects.count() == 1
        for rendition in Rendition.objects.all():
            open_file(rendition.storage_key).close()

    def test_a_database_that_stays_away_leaves_the_attempt_to_the_reaper(self, process, monkeypatch, settings):
        settings.LEASE_SECONDS = 1

        def away(**arguments):
            raise OperationalError("connection refused")

        generation = ask()
        monkeypatch.setattr(attempts, "complete", away)
        process.answer()
        generation.refresh_from_db()
        assert generation.state == "running"
        assert stored_files(settings) == []
        time.sleep(1.1)
        monkeypatch.undo()
        assert services.reap() == 1


def test_a_bug_of_ours_at_completion_still_ends_the_generation(process, monkeypatch, settings):
    generation = ask()
    monkeypatch.setattr(attempts, "create_from_files", lambda **arguments: 1 / 0)
    process.answer()
    generation.refresh_from_db()
    assert (generation.state, generation.failure_code) == ("failed", "storage_error")
    assert stored_files(settings) == []


def test_scratch_of_killed_processes_is_swept_and_of_living_ones_is_not(process, settings):
    ask()
    attempt = services.claim_next(worker=services.register_worker(name="living"))
    dead = settings.DATA_DIR / "scratch" / "01936f5e-0000-7000-8000-000000000000"
    dead.mkdir(parents=True)
    foreign = settings.DATA_DIR / "scratch" / "notes"
    foreign.mkdir()
    with scratch_folder(attempt) as folder:
        assert sweep_scratch() == 1
        assert folder.exists()
    assert not dead.exists()
    assert not folder.exists()
    foreign.rmdir()
