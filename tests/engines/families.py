"""The tiny checkpoints as catalogue entries, and how to get a loaded engine of one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from generation import catalogue
from generation.catalogue import CatalogueEntry, EngineOptions
from generation.engines import registry
from generation.engines.base import EngineRequest
from tests.engines.builders import build

PROMPT = "a heron nobody else may read about"
PICTURE = np.random.default_rng(3).integers(0, 255, (50, 70, 3), dtype=np.uint8)


@dataclass(frozen=True)
class Family:
    """One checkpoint of tests.engines.builders."""

    name: str
    engine: str
    mode: str = "text"
    modes: tuple[str, ...] = ("text",)
    multiple: int = 16
    frame_multiple: int = 4
    options: EngineOptions = field(default_factory=EngineOptions)

    def __str__(self) -> str:
        return self.name if len(self.modes) == 1 else f"{self.name}-{self.mode}"

    def entry(self, **options: Any) -> CatalogueEntry:
        return dataclasses.replace(
            catalogue.get("sketch"),
            key=self.name,
            engine=f"generation.engines.{self.engine}",
            checkpoint=self.name,
            modes=self.modes,
            native_long_side=64,
            native_multiple=self.multiple,
            frame_multiple=self.frame_multiple,
            options=dataclasses.replace(self.options, **options),
        )

    def request(self, **changes: Any) -> EngineRequest:
        return EngineRequest(
            **{
                "prompt": PROMPT,
                "seed": 7,
                "width": 96,
                "height": 64,
                "fps": 4,
                "frame_count": 8,
                "steps": 3,
                "guidance": 3.0,
                "image": PICTURE if self.mode == "image" else None,
                **changes,
            }
        )


BOTH = ("text", "image")
UPSAMPLED = EngineOptions(upsampler="latent_upsampler", refine_sigmas=(0.9, 0.5))
FAMILIES = (
    Family("wan", "wan:WanEngine"),
    Family("wan-a14b", "wan:WanEngine"),
    Family("wan-a14b-image", "wan:WanEngine", "image", ("image",)),
    Family("wan21-image", "wan:WanEngine", "image", ("image",)),
    Family("wan-ti2v", "wan:WanEngine", "text", BOTH, 32),
    Family("wan-ti2v", "wan:WanEngine", "image", BOTH, 32),
    Family("ltx2", "ltx:LTX2Engine", "text", BOTH, 32, 8),
    Family("ltx2", "ltx:LTX2Engine", "image", BOTH, 32, 8),
    Family("ltx2-upsampled", "ltx:LTX2Engine", "text", BOTH, 64, 8, UPSAMPLED),
    Family("ltx2-upsampled", "ltx:LTX2Engine", "image", BOTH, 64, 8, UPSAMPLED),
    Family("hunyuan", "hunyuan:HunyuanVideo15Engine"),
    Family("hunyuan-image", "hunyuan:HunyuanVideo15Engine", "image", ("image",)),
    Family("hunyuan-image-distilled", "hunyuan:HunyuanVideo15Engine", "image", ("image",)),
    Family("sana", "sana:SanaVideoEngine", "text", BOTH, 32),
    Family("sana", "sana:SanaVideoEngine", "image", BOTH, 32),
    Family("kandinsky", "kandinsky:Kandinsky5Engine"),
    Family("kandinsky-image", "kandinsky:Kandinsky5Engine", "image", ("image",)),
    Family("cogvideox", "cogvideox:CogVideoXEngine"),
    Family("cogvideox-image", "cogvideox:CogVideoXEngine", "image", ("image",)),
    Family("mochi", "mochi:MochiEngine", frame_multiple=6),
)


class Stable:
    """Checkpoints, each built once; engines, each loaded once for the tests that leave them as they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._engines: dict[str, Any] = {}

    def checkpoint(self, family: Family) -> Path:
        place = self.folder / family.name
        if not place.exists():
            build(family.name, place)
        return place

    def fresh(self, family: Family, **options: Any) -> Any:
        """An engine of one's own."""
        self.checkpoint(family)
        entry = family.entry(**options)
        engine = registry.create(entry)
        engine.load(entry, self.folder)
        if family.name.startswith("hunyuan"):
            # Two thousand tokens of padding would be nearly all of the time.
            for pipeline in (engine.pipeline, engine.image_pipeline):
                if pipeline is not None:
                    pipeline.tokenizer_max_length = pipeline.tokenizer_2_max_length = 16
                    pipeline.vision_num_semantic_tokens = 9 if family.mode == "text" else 729
        return engine

    def shared(self, family: Family) -> Any:
        if family.name not in self._engines:
            self._engines[family.name] = self.fresh(family)
        return self._engines[family.name]


def no_news(done: int, total: int) -> None:
    pass


def pixels(engine: Any, request: EngineRequest) -> np.ndarray:
    return np.stack(list(engine.render(request, no_news).frames))
