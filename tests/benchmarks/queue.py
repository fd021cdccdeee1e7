"""20 queued generations through the service ÷ the same 20 by a bare diffusers script.

Ours: submit (credits, audit, doorbell) and then the worker's own loop in this process: claim, lease, render, encode,
poster, storyboard, store, complete; while one is decoded and encoded, the next one denoises. Both sides have the model
loaded and make the same videos: four of each length on offer, at the size that the model renders itself, since the
script has no scaler. The script computes on all cores, as diffusers does by itself; our worker leaves one to the
encoder.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch
from django.conf import settings

from accounts.models import Participant
from generation import catalogue
from generation.catalogue import CatalogueEntry
from generation.models import Attempt, Generation
from generation.services import submit
from generation.states import GenerationState
from generation.worker.process import WorkerProcess
from tests.benchmarks import bare
from tests.benchmarks.figures import Figure
from tests.benchmarks.pairs import measure
from tests.factories import CohortFactory, ParticipantFactory

SIZE = "320x192"
PROMPT = "rain on a tin roof"
COUNT = 20
PAIRS = 3


def figures(folder: Path) -> list[Figure]:
    entry = catalogue.get("sketch")
    assert entry is not None
    cohort = CohortFactory(monthly_credits=1_000_000, max_queued=COUNT, max_running=COUNT)
    participant = ParticipantFactory(cohort=cohort)
    worker = WorkerProcess("benchmark")
    pipeline = bare.load(Path(settings.MODELS_DIR) / entry.checkpoint)
    lengths = [entry.seconds[number % len(entry.seconds)] for number in range(COUNT)]
    _through_the_service(participant, worker, lengths[:1])
    ours_threads = torch.get_num_threads()

    def service() -> None:
        torch.set_num_threads(ours_threads)
        _through_the_service(participant, worker, lengths)

    def script() -> None:
        torch.set_num_threads(os.cpu_count() or 1)
        for number, seconds in enumerate(lengths):
            path = folder / f"{number}.mp4"
            bare.generate(pipeline, format_of(entry), prompt=PROMPT, seconds=seconds, seed=number, path=path)

    pairs = measure(service, script, pairs=PAIRS, warm_up=False)
    how = (
        f"seconds for {COUNT} videos of {', '.join(map(str, entry.seconds))} s at {SIZE}: {min(pairs.ours):.1f} ÷ "
        f"{min(pairs.theirs):.1f} at best; {pairs.spread}",
        f"the service's attempts: {_stages()}",
    )
    return [
        Figure("queue_over_bare", pairs.ratio, "×", 0.95, "lower", how),
        # The same seconds under the name and the goal that they had when the service did one thing after another.
        Figure("service_over_bare", pairs.ratio, "×", 1.05, "lower", how[:1]),
    ]


def format_of(entry: CatalogueEntry) -> bare.Format:
    width, height = catalogue.dimensions(SIZE)
    return bare.Format(width=width, height=height, fps=entry.fps, steps=entry.steps, guidance=entry.guidance)


def _through_the_service(participant: Participant, worker: WorkerProcess, lengths: list[int]) -> None:
    generations = [
        submit(actor=participant.user, model_key="sketch", prompt=PROMPT, size=SIZE, seconds=seconds, seed=number)
        for number, seconds in enumerate(lengths)
    ]
    worker.answer()
    completed = Generation.objects.filter(
        pk__in=[generation.pk for generation in generations], state=GenerationState.COMPLETED
    )
    assert completed.count() == len(lengths), "the service lost a generation"


def _stages() -> str:
    """Where the time went, over all attempts, in seconds."""
    total: dict[str, float] = {}
    attempts = Attempt.objects.all()
    for attempt in attempts:
        for stage, seconds in attempt.timings.items():
            total[stage] = total.get(stage, 0.0) + seconds
    total.pop("wait", None)
    return ", ".join(f"{stage} {seconds / len(attempts):.3f}" for stage, seconds in total.items()) + " s each"
