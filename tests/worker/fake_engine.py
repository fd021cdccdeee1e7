"""An engine without a model. Words in the prompt make it misbehave; a file `hold` makes it wait at its third
step, and a file `gpu-reset` is a GPU that refuses everything.

It stands in for seconds or minutes of denoising where a test is about the worker and not about pictures.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np

from generation.catalogue import CatalogueEntry
from generation.engines.base import EngineRequest, Frame, OnStep, OutOfMemory, Rendered, Sound

WIDTH, HEIGHT = 64, 48
HOLDS_AT = 3


class AcceleratorError(RuntimeError):
    """Torch's name for a GPU that gave up."""


class FakeEngine:
    """Draws grey frames."""

    loaded: ClassVar[list[str]] = []
    starts: ClassVar[list[Frame | None]] = []  # the picture that each render began with
    economised: ClassVar[list[str]] = []

    def __init__(self) -> None:
        self._hold = Path()
        self._is_frugal = False
        self._makes_sound = False

    def load(self, entry: CatalogueEntry, models_dir: Path) -> None:
        self.loaded.append(entry.key)
        self._hold = models_dir / "hold"
        self._makes_sound = entry.sound

    def memory_mib(self) -> int:
        return 100

    def economise(self) -> bool:
        self.economised.append(self.loaded[-1])
        self._is_frugal = True
        return True

    def render(self, request: EngineRequest, on_step: OnStep) -> Rendered:
        self.starts.append(request.image)
        for step in range(1, request.steps + 1):
            on_step(step, request.steps)
            self._misbehave(request.prompt, step)
            while step == HOLDS_AT and self._hold.exists():
                (self._hold.parent / "holding").touch()
                time.sleep(0.02)
                on_step(step, request.steps)
        timings = {"load": 99.0, "text": 0.1, "denoise": 0.2}
        return Rendered(
            frames=self._frames(request, timings),
            native_width=WIDTH,
            native_height=HEIGHT,
            native_frames=request.frame_count + 1,
            timings=timings,
            settings={"native_size": f"{WIDTH}x{HEIGHT}"},
            sound=Sound(np.zeros((2, 8000), np.float32), 8000) if self._makes_sound else None,
            peak_memory_mib=123,
        )

    def _misbehave(self, prompt: str, step: int) -> None:
        if step == HOLDS_AT and "poison" in prompt:
            raise ValueError(f"cannot draw {prompt}")
        if step == HOLDS_AT and "memory" in prompt and not (self._is_frugal and "spare" in prompt):
            raise OutOfMemory
        if step == HOLDS_AT and (self._hold.parent / "gpu-reset").exists():
            raise AcceleratorError(f"CUDA error: unspecified launch failure while drawing {prompt}")
        if step == HOLDS_AT and "hang" in prompt:
            (self._hold.parent / "hanging").touch()
            time.sleep(3600)
        if step == HOLDS_AT and "death" in prompt:
            os.kill(os.getpid(), signal.SIGKILL)

    def _frames(self, request: EngineRequest, timings: dict[str, float]) -> Iterator[Frame]:
        timings["decode"] = 0.0
        for number in range(request.frame_count + 1):
            if "huge" in request.prompt and number == 4 and not self._is_frugal:
                raise OutOfMemory
            if number == 4 and (self._hold.parent / "gpu-reset").exists():
                raise AcceleratorError("CUDA error: unspecified launch failure")
            if "undecodable" in request.prompt and number == 4:
                raise RuntimeError(request.prompt)
            if "short" in request.prompt and number == 4:
                return
            timings["decode"] += 0.01
            yield np.full((HEIGHT, WIDTH, 3), number * 8 % 256, dtype=np.uint8)
