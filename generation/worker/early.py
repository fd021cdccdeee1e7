"""What is asked of an engine; and its text, encoded while the generation before is still denoised."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from generation import catalogue
from generation.catalogue import CatalogueEntry
from generation.engines.base import EngineRequest
from generation.models import Generation
from generation.states import Mode
from generation.worker.shelf import EngineShelf, Loaded
from generation.worker.start import picture_of


@dataclass(frozen=True, slots=True)
class EarlyText:
    """An encoded prompt that waits for its generation to be claimed here; if somebody else does, nothing is lost."""

    generation_id: UUID
    loaded: Loaded
    encoded: Any

    def is_for(self, generation: Generation, loaded: Loaded) -> bool:
        return self.generation_id == generation.pk and self.loaded is loaded and loaded.is_sound


def read_early(generation: Generation, engines: EngineShelf) -> EarlyText | None:
    """Encode its prompt with the engine that is loaded for it; None where that would wait for, or disturb, a render."""
    entry = catalogue.get(generation.model_key)
    loaded = engines.find(entry) if entry is not None else None
    # A picture may be a part of what the text encoder reads, and is only fetched for a generation that is ours.
    if entry is None or loaded is None or not loaded.decodes_alongside or generation.mode != Mode.TEXT:
        return None
    return EarlyText(generation.pk, loaded, loaded.engine.encode(request_for(generation, entry)))


def request_for(generation: Generation, entry: CatalogueEntry) -> EngineRequest:
    """With the picture that it starts from, if any; raises as `picture_of` does."""
    return EngineRequest(
        prompt=generation.prompt,
        seed=generation.seed,
        width=generation.width,
        height=generation.height,
        fps=generation.fps,
        frame_count=generation.seconds * generation.fps,
        steps=entry.steps,
        guidance=entry.guidance,
        image=picture_of(generation),
    )
