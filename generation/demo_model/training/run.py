"""What the stages have in common: steps that can be left off and taken up, progress, and the curve."""

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


class Run:
    """A stage on its way: its models, their average, the optimiser and the random numbers, all in one file."""

    def __init__(self, plan: Plan, models: Mapping[str, nn.Module], folder: Path) -> None:
        self.plan, self.folder = plan, folder
        self.models = nn.ModuleDict(dict(models))
        self.generator = torch.Generator().manual_seed(plan.seed)
        self.optimiser = torch.optim.AdamW(
            self.models.parameters(), lr=plan.rate, betas=plan.betas, weight_decay=0.0, fused=True
        )
        self.average = {name: value.clone() for name, value in self.models.state_dict().items()}
        self.step, self.seconds = 0, 0.0
        folder.mkdir(parents=True, exist_ok=True)
        self._take_up()

    @property
    def file(self) -> Path:
        return self.folder / f"{self.plan.name}.pt"

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
        fresh = self.file.with_suffix(".new")
        torch.save(
            {
                "models": self.models.state_dict(),
                "average": self.average,
                "optimiser": self.optimiser.state_dict(),
                "generator": self.generator.get_state(),
                "step": self.step,
                "seconds": self.seconds,
            },
            fresh,
        )
        fresh.replace(self.file)

    def _take_up(self) -> None:
        if not self.file.exists():
            return
        state: dict[str, Any] = torch.load(self.file, weights_only=True)
        self.models.load_state_dict(state["models"])
        self.average = state["average"]
        self.optimiser.load_state_dict(state["optimiser"])
        self.generator.set_state(state["generator"])
        self.step, self.seconds = state["step"], state["seconds"]
        forget(self.folder, self.plan.name, after=self.step)

    def _tell(self, means: Mapping[str, float]) -> None:
        left = self.seconds / self.step * (self.plan.steps - self.step)
        shown = "  ".join(f"{name} {value:.5f}" for name, value in means.items())
        print(f"{self.plan.name} {self.step}/{self.plan.steps}  {left / 60:.0f} min left  {shown}", flush=True)  # noqa: T201
        note(self.folder, self.plan.name, self.step, self.seconds, means)


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
    kept = [line for line in lines if line[0] != stage or int(line[1]) <= after]
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([head, *kept])


def quickest() -> AbstractContextManager[Any]:
    """Half precision for the matrices where this processor has instructions for it, else nothing."""
    seconds = {dtype: _seconds(dtype) for dtype in (torch.float32, torch.bfloat16)}
    if seconds[torch.bfloat16] > 0.7 * seconds[torch.float32]:
        return nullcontext()
    return torch.autocast("cpu", dtype=torch.bfloat16)


def _seconds(dtype: torch.dtype) -> float:
    left, right = torch.randn(2048, 192).to(dtype), torch.randn(192, 768).to(dtype)
    times = []
    for _ in range(12):
        started = time.perf_counter()
        left @ right
        times.append(time.perf_counter() - started)
    return min(times)
