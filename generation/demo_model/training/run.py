"""What the stages have in common: steps that can be left off and taken up, progress, and the curve.

A checkpoint knows its recipe (plan and code) and the weights that it builds on, so that none is ever taken up after
another one changed: an old denoiser says nothing in a new latent space.
"""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

EVERY = 100  # steps between two lines of the curve
SAVED_EVERY = 60.0  # seconds between two checkpoints
ADVICE = "Remove the file to train this part anew, or begin from nothing: make train-demo FRESH=1."
CURVE = ("stage", "step", "minutes", "measure", "value")


@dataclass(frozen=True, slots=True)
class Plan:
    """One stage: how many steps, and how large they are."""

    name: str
    steps: int
    rate: float
    seed: int
    warm_up: int = 100
    betas: tuple[float, float] = (0.9, 0.99)
    decay: float = 0.999  # of the moving average of weights

    def rate_at(self, step: int) -> float:
        """Warm up, then down along a cosine to a fiftieth."""
        if step < self.warm_up:
            return self.rate * (step + 1) / self.warm_up
        part = (step - self.warm_up) / max(1, self.steps - self.warm_up)
        return self.rate * (0.02 + 0.98 * (1 + math.cos(math.pi * part)) / 2)


class CannotGoOn(Exception):
    """What is kept of an earlier run is of no use for this one. The sentence says why, and what to do."""


class Run:
    """A stage on its way: its models, their average, the optimiser and the random numbers, all in one file.

    `marks`: whatever the checkpoint must agree in to be taken up, by name (fingerprints.py).
    """

    def __init__(
        self, plan: Plan, models: Mapping[str, nn.Module], folder: Path, marks: Mapping[str, str] | None = None
    ) -> None:
        self.plan, self.folder, self.marks = plan, folder, dict(marks or {})
        self.models = nn.ModuleDict(dict(models))
        self.generator = torch.Generator().manual_seed(plan.seed)
        self.optimiser = torch.optim.AdamW(
            self.models.parameters(), lr=plan.rate, betas=plan.betas, weight_decay=0.0, fused=True
        )
        self.average = {name: value.clone() for name, value in self.models.state_dict().items()}
        self.step, self.seconds = 0, 0.0
        folder.mkdir(parents=True, exist_ok=True)
        if self.file.exists():
            self._take_up()
        else:
            self.is_half = is_half_quicker()

    @property
    def file(self) -> Path:
        return self.folder / f"{self.plan.name}.pt"

    @property
    def half(self) -> AbstractContextManager[Any]:
        """Half precision for the matrices, or nothing; as it was chosen when the stage began."""
        return torch.autocast("cpu", dtype=torch.bfloat16) if self.is_half else nullcontext()

    @property
    def is_done(self) -> bool:
        return self.step >= self.plan.steps

    def go(self, losses: Callable[[torch.Generator], dict[str, Tensor]]) -> None:
        """Steps down the sum of the losses until the plan is fulfilled."""
        began, saved = time.monotonic() - self.seconds, time.monotonic()
        sums: dict[str, float] = {}
        since = self.step
        while not self.is_done:
            for group in self.optimiser.param_groups:
                group["lr"] = self.plan.rate_at(self.step)
            parts = losses(self.generator)
            total = torch.stack(list(parts.values())).sum()
            self.optimiser.zero_grad(set_to_none=True)
            total.backward()
            nn.utils.clip_grad_norm_(self.models.parameters(), 1.0)
            self.optimiser.step()
            self._average()
            self.step += 1
            self.seconds = time.monotonic() - began
            for name, value in parts.items():
                sums[name] = sums.get(name, 0.0) + float(value.detach())
            if self.step % EVERY == 0 or self.is_done:
                self._tell({name: value / (self.step - since) for name, value in sums.items()})
                sums, since = {}, self.step
            if time.monotonic() - saved > SAVED_EVERY or self.is_done:
                self._save()
                saved = time.monotonic()

    def averaged(self) -> nn.ModuleDict:
        """The models with the moving average of their weights, to be used and not to be trained."""
        self.models.load_state_dict(self.average)
        return self.models.eval().requires_grad_(False)

    @torch.no_grad()
    def _average(self) -> None:
        # Young averages forget quickly, or the first random weights would stay in them for long.
        decay = min(self.plan.decay, (1 + self.step) / (10 + self.step))
        current = self.models.state_dict()
        torch._foreach_lerp_(list(self.average.values()), [current[name] for name in self.average], 1 - decay)

    def _save(self) -> None:
        save(
            {
                "marks": self.marks,
                "is_half": self.is_half,
                "models": self.models.state_dict(),
                "average": self.average,
                "optimiser": self.optimiser.state_dict(),
                "generator": self.generator.get_state(),
                "step": self.step,
                "seconds": self.seconds,
            },
            self.file,
        )

    def _take_up(self) -> None:
        state = kept(self.file, self.marks)
        self.models.load_state_dict(state["models"])
        self.average = state["average"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.generator.set_state(state["generator"])
        self.step, self.seconds, self.is_half = state["step"], state["seconds"], state["is_half"]
        forget(self.folder, self.plan.name, after=self.step)

    def _tell(self, means: Mapping[str, float]) -> None:
        left = self.seconds / self.step * (self.plan.steps - self.step)
        shown = "  ".join(f"{name} {value:.5f}" for name, value in means.items())
        print(f"{self.plan.name} {self.step}/{self.plan.steps}  {left / 60:.0f} min left  {shown}", flush=True)  # noqa: T201
        note(self.folder, self.plan.name, self.step, self.seconds, means)


def save(state: Mapping[str, Any], file: Path) -> None:
    """Whole or not at all."""
    fresh = file.with_suffix(".new")
    torch.save(dict(state), fresh)
    fresh.replace(file)


def kept(file: Path, marks: Mapping[str, str]) -> dict[str, Any]:
    """What `save` put there, if it has these marks; CannotGoOn otherwise."""
    try:
        state: dict[str, Any] = torch.load(file, weights_only=True)
        noted = state["marks"]
    except Exception as error:  # of a file that ends too early or is something else, the unpickler may say anything
        raise CannotGoOn(f"{file} cannot be read. {ADVICE}") from error
    for name, mark in marks.items():
        if noted.get(name) != mark:
            raise CannotGoOn(f"{file} is of another {name} than is here now. {ADVICE}")
    return state


def note(folder: Path, stage: str, step: int, seconds: float, means: Mapping[str, float]) -> None:
    """Lines of the curve."""
    file = folder / "curve.csv"
    is_new = not file.exists()
    with file.open("a", newline="") as opened:
        lines = csv.writer(opened)
        if is_new:
            lines.writerow(CURVE)
        lines.writerows([stage, step, f"{seconds / 60:.2f}", name, f"{value:.6f}"] for name, value in means.items())


def forget(folder: Path, stage: str, *, after: int) -> None:
    """Takes out of the curve what a stage noted after its last checkpoint: it will be trained again."""
    file = folder / "curve.csv"
    if not file.exists():
        return
    with file.open(newline="") as opened:
        head, *lines = csv.reader(opened)
    still = [line for line in lines if line[0] != stage or int(line[1]) <= after]
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([head, *still])


def is_half_quicker() -> bool:
    """Whether this processor has instructions for matrices in half precision."""
    return _seconds(torch.bfloat16) <= 0.7 * _seconds(torch.float32)


def _seconds(dtype: torch.dtype) -> float:
    left, right = torch.randn(2048, 192).to(dtype), torch.randn(192, 768).to(dtype)
    times = []
    for _ in range(12):
        started = time.perf_counter()
        left @ right
        times.append(time.perf_counter() - started)
    return min(times)
