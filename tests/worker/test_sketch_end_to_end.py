"""The whole way with nothing faked: a diffusers WanPipeline on the CPU, PyAV, the storage, the ledger."""

from __future__ import annotations

import av
import pytest
from django.conf import settings as django_settings

from generation import progress, services
from generation.worker.process import WorkerProcess
from tests.worker.queue import ledger, submitted
from videos.storage import open_file

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _sketch(settings, tmp_path_factory):
    from generation.engines.sketch import build

    settings.MODELS_DIR = django_settings.DATA_DIR / "sketch-models"
    build(settings.MODELS_DIR)


def test_a_prompt_becomes_a_private_video_of_exactly_what_was_asked(monkeypatch):
    steps = []
    monkeypatch.setattr(progress, "report", lambda _id, step, total, stage: steps.append((step, total, str(stage))))
    generation = submitted(size="320x192", seconds=2)
    WorkerProcess("real").answer()
    generation.refresh_from_db()
    attempt = generation.attempts.get()
    assert generation.state == "completed", attempt.error
    with open_file(generation.video.renditions.get(kind="original").storage_key) as file, av.open(file) as film:
        stream = film.streams.video[0]
        frames = sum(1 for _ in film.decode(stream))
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.average_rate, frames) == (320, 192, 8, 16)
    assert ledger(generation) == {"reserve": generation.price, "settle": generation.price}
    assert all(
        attempt.timings[stage] >= 0 for stage in ("wait", "load", "text", "denoise", "decode", "encode", "store")
    )
    assert attempt.settings["revision"] not in {"", "local"}
    assert [step for step, _, stage in steps if stage == "denoise"] == list(range(1, attempt.settings["steps"] + 1))
    assert [stage for _, _, stage in steps][-2:] == ["encode", "store"]


def test_a_cancel_stops_the_real_pipeline_before_it_decodes(monkeypatch):
    generation = submitted(size="320x192", seconds=2)
    report = progress.report

    def cancel_half_way(generation_id, step, total, stage):
        report(generation_id, step, total, stage)
        if step == total // 2:
            services.cancel(actor=generation.participant.user, generation=generation)

    monkeypatch.setattr(progress, "report", cancel_half_way)
    process = WorkerProcess("real")
    process.answer()
    generation.refresh_from_db()
    attempt = generation.attempts.get()
    assert generation.state == "cancelled", attempt.error
    assert "decode" not in attempt.timings
    assert ledger(generation) == {"reserve": 2, "settle": 1, "release": 1}
    monkeypatch.undo()

    # The same worker, its model still loaded, goes on.
    following = submitted(size="320x192", seconds=2)
    process.answer()
    following.refresh_from_db()
    assert following.state == "completed"
    assert following.attempts.get().timings["load"] < 0.1


def original(generation) -> str:
    generation.refresh_from_db()
    assert generation.state == "completed", generation.attempts.get().error
    return generation.video.renditions.get(kind="original").sha256


def test_a_video_is_the_same_bytes_whether_another_one_was_finished_meanwhile_or_not():
    alone, process = [], WorkerProcess("real")
    for seed in (1, 2, 3):
        generation = submitted(size="320x192", seconds=2, seed=seed)
        process.answer()
        alone.append(original(generation))
    together = [submitted(size="320x192", seconds=2, seed=seed) for seed in (1, 2, 3)]
    process.answer()
    assert [original(generation) for generation in together] == alone
    assert len(set(alone)) == 3
