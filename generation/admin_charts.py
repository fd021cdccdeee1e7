"""The admin panel's page of charts: bars drawn as SVG, and beside them the same figures as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from generation.measures import STAGES, ModelTimes, WorkerFaults, faults_by_worker, stage_times

WIDTH = 600  # of a drawing, in its own units

LABELS: dict[str, str | Promise] = {
    "wait": _("Waiting"),
    "load": _("Loading"),
    "text": _("Reading the prompt"),
    "denoise": _("Denoising"),
    "decode": _("Decoding"),
    "encode": _("Encoding"),
    "store": _("Storing"),
}
# Told apart by lightness too, for whoever sees no colours. The wait is not the model's: it has no place in its bar.
FILLS = {
    "load": "#3d4f5c",
    "text": "#6b8ba4",
    "denoise": "#b57614",
    "decode": "#e0a845",
    "encode": "#4d7c4a",
    "store": "#9dc29a",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stage's part of a bar, in the drawing's units."""

    label: str | Promise
    fill: str
    seconds: float
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class ModelChart:
    times: ModelTimes
    pieces: list[Piece]


@dataclass(frozen=True, slots=True)
class FaultChart:
    worker: WorkerFaults
    width: float


def context() -> dict[str, Any]:
    """What the page shows. Two queries."""
    models = stage_times()
    longest = max((times.working for times in models), default=0.0)
    return {
        "models": [ModelChart(times, _pieces(times, longest)) for times in models],
        "stages": [{"label": LABELS[stage], "fill": FILLS.get(stage, "")} for stage in STAGES],
        "workers": [FaultChart(one, round(WIDTH * one.faults / one.attempts, 1)) for one in faults_by_worker()],
        "chart_width": WIDTH,
        "title": _("Stage times and faults"),
    }


def _pieces(times: ModelTimes, longest: float) -> list[Piece]:
    pieces, x = [], 0.0
    for stage, fill in FILLS.items():
        seconds = times.medians.get(stage, 0.0)
        width = round(seconds / longest * WIDTH, 1) if longest else 0.0
        pieces.append(Piece(LABELS[stage], fill, seconds, round(x, 1), width))
        x += width
    return pieces
