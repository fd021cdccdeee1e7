"""A pair of prompt and seed on its way to a film, as a worker would make it: the same engine, the same encoder."""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import Self

from generation import media
from generation.catalogue import CatalogueEntry, dimensions
from generation.demo_model.evaluation.asking import Asked
from generation.demo_model.placing import place
from generation.engines import registry
from generation.engines.base import EngineRequest


class Studio:
    """A loaded engine; `scratch` holds the checkpoint and one film at a time."""

    def __init__(self, entry: CatalogueEntry, scratch: Path) -> None:
        self._entry, self._scratch = entry, scratch

    def __enter__(self) -> Self:
        place(self._scratch)
        self._engine = registry.create(self._entry)
        self._engine.load(self._entry, self._scratch)
        return self

    def film(self, asked: Asked, *, seconds: int) -> tuple[Path, float]:
        """The delivered MP4, and the seconds from the request to the finished file."""
        width, height = dimensions(asked.size)
        request = EngineRequest(
            prompt=asked.prompt,
            seed=asked.seed,
            width=width,
            height=height,
            fps=self._entry.fps,
            frame_count=seconds * self._entry.fps,
            steps=self._entry.steps,
            guidance=self._entry.guidance,
        )
        started = time.perf_counter()
        rendered = self._engine.render(request, lambda _done, _total: None)
        made = media.encode(
            rendered.frames,
            folder=self._scratch,
            width=width,
            height=height,
            fps=request.fps,
            frame_count=request.frame_count,
        )
        return made.original, time.perf_counter() - started

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.unload()
