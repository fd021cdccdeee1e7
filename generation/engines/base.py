"""What a worker and an engine say to each other. No torch here: the worker's parent and the tests import it freely."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from generation.catalogue import CatalogueEntry

Frame = NDArray[np.uint8]  # height × width × 3, RGB
OnStep = Callable[[int, int], None]  # (steps done, steps in all); may raise to stop
Samples = NDArray[np.float32]  # channels × samples, from -1 to 1


class CheckpointUnavailable(Exception):
    """The model's files are missing, altered or of another revision."""


class OutOfMemory(Exception):
    """The model does not fit at this size and length; the engine has let go of what it held."""


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """What was asked for, as delivered: the engine picks its own native size and frame count from it."""

    prompt: str = field(repr=False)  # never in a log or a traceback
    seed: int  # 0 to 2**63 - 1
    width: int  # pixels
    height: int  # pixels
    fps: int
    frame_count: int
    steps: int
    guidance: float
    image: Frame | None = field(default=None, repr=False)  # where to start from, of any size; the engine cuts it to fit


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """What the model lets hear, from the first frame on; it may be a little shorter or longer than the frames."""

    samples: Samples
    rate: int  # Hz


@dataclass(slots=True)
class Rendered:
    """A denoised video whose frames are decoded as they are taken.

    `frames` yields `native_frames` arrays of native_height × native_width × 3, once. `timings` (seconds of load, text,
    denoise, decode), `sound` and `peak_memory_mib` are complete when the last frame was taken: decoding happens
    between the frames.
    """

    frames: Iterator[Frame]
    native_width: int
    native_height: int
    native_frames: int
    timings: dict[str, float]
    settings: dict[str, Any]
    sound: Sound | None = None
    peak_memory_mib: int | None = None  # of the device since `render` began; None where it cannot be measured


class Engine(Protocol):
    """One loaded model. Not for two threads at once, but for `encode`."""

    @property
    def decodes_alongside(self) -> bool:
        """Whether the frames of one render may be taken in one thread while another thread renders the next."""

    def load(self, entry: CatalogueEntry, models_dir: Path) -> None:
        """Bring the model into memory.

        Raises CheckpointUnavailable when it cannot, CatalogueError when this machine or the model cannot do what the
        entry's options ask.
        """

    def encode(self, request: EngineRequest) -> Any:
        """The prompt as the model reads it, for `render` of the same request and engine, whenever that is.

        May be called from another thread while `render` denoises: it waits where both cannot go on at once.
        """

    def render(self, request: EngineRequest, on_step: OnStep, encoded: Any = None) -> Rendered:
        """Denoise. An exception from `on_step` stops at once: nothing is decoded, and it comes out here.

        `encoded` is what `encode` made of this request; without it the prompt is encoded first. Raises OutOfMemory,
        here or while frames are taken.
        """

    def economise(self) -> bool:
        """From now on need less memory and more time; False if there is nothing left to save."""

    def memory_mib(self) -> int:
        """What the loaded model occupies on its device, without what a running render needs on top."""

    def host_mib(self) -> int:
        """What of it waits in main memory for its turn; 0 where that is the device itself."""

    def unload(self) -> None:
        """Give the memory back. The engine is of no use afterwards."""
