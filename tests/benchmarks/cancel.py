"""Cancelling a running generation: how many steps still run, and whether anybody can see it in the next video.

Through the worker's own loop and the real pipeline, with a step cache switched on: what a stopped run leaves in one
would change the next one's pixels.
"""

from __future__ import annotations

import threading
from pathlib import Path

import av
import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from generation import progress, services
from generation.models import Generation
from generation.worker.process import WorkerProcess
from tests.benchmarks.figures import Figure
from tests.factories import CohortFactory, ParticipantFactory
from videos.models import Rendition
from videos.storage import open_file

CANCELLED_AT = (1, 3, 6, 9, 11)  # of 12 steps
SEED = 7
# The built-in model with diffusers' FirstBlockCache in front of its transformer.
CATALOGUE = """
[cached]
name = "Cached"
description = "The sketch with a step cache."
notice = ""
engine = "generation.engines.wan:WanEngine"
checkpoint = "sketch"
revision = "local"
sizes = ["320x192"]
seconds = [2]
fps = 8
steps = 12
guidance = 3.0
cost_factor = 1.0
native_long_side = 320
native_multiple = 32
frame_multiple = 4
[cached.options]
step_cache = {kind = "first-block", threshold = 0.2}
"""


def figures(folder: Path) -> list[Figure]:
    usual = settings.CATALOGUE_FILE
    settings.CATALOGUE_FILE = folder / "cached.toml"
    settings.CATALOGUE_FILE.write_text(CATALOGUE, encoding="utf-8")
    try:
        return _measure()
    finally:
        settings.CATALOGUE_FILE = usual


def _measure() -> list[Figure]:
    participant = ParticipantFactory(cohort=CohortFactory(monthly_credits=1_000_000, max_queued=50))
    worker = WorkerProcess("cancel benchmark")

    def ask() -> Generation:
        return services.submit(
            actor=participant.user, model_key="cached", prompt="rain", size="320x192", seconds=2, seed=SEED
        )

    def film() -> NDArray[np.uint8]:
        generation = ask()
        worker.answer()
        return _pixels(generation)

    before = film()
    late, differences = [], []
    for step in CANCELLED_AT:
        late.append(_steps_after_cancel(ask(), worker, at=step))
        differences.append(int(np.abs(film().astype(np.int16) - before).max()))
    during = ", ".join(str(step + 1) for step in CANCELLED_AT)
    how = (f"cancelled during step {during} of 12: {late} steps ended after",)
    also = (f"levels of 255, at most, over {before.shape[0]} frames of the next video of the same worker and seed",)
    return [
        Figure("cancel_steps", max(late), "steps", 1, "lower", how),
        Figure("cancel_pixel_diff", max(differences), "levels", 0, "lower", also),
    ]


def _steps_after_cancel(generation: Generation, worker: WorkerProcess, *, at: int) -> int:
    """Denoising steps that ended after the artist's cancel was committed, in another thread, during a step."""
    reported, cancelled, late = threading.Event(), threading.Event(), []
    report = progress.report

    def watch(generation_id: object, step: int, total: int, stage: str) -> None:
        report(generation_id, step, total, stage)  # type: ignore[arg-type]
        if stage == progress.Stage.DENOISE:
            if cancelled.is_set():
                late.append(step)
            elif step == at:
                reported.set()

    def cancel() -> None:
        if reported.wait(600):
            services.cancel(actor=generation.participant.user, generation=generation)
            cancelled.set()
        connection.close()

    artist = threading.Thread(target=cancel)
    artist.start()
    progress.report = watch  # type: ignore[assignment]
    try:
        worker.answer()
    finally:
        progress.report = report
        reported.set()
        artist.join()
    generation.refresh_from_db()
    # Anything else was not cancelled, and its steps would count as a cancel's.
    assert generation.state == "cancelled", generation.state
    return len(late)


def _pixels(generation: Generation) -> NDArray[np.uint8]:
    """Frames × height × width × 3 of the finished video."""
    original = Rendition.objects.get(video__generation=generation, kind="original")
    with open_file(original.storage_key) as file, av.open(file) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])
