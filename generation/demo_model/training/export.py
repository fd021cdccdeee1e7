"""The finished checkpoint: a pipeline's folder in half precision, with the turbo denoiser beside the standard one."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from generation.demo_model.autoencoder import SceneAutoencoder
from generation.demo_model.pipeline import SceneVideoPipeline
from generation.demo_model.text_encoder import SceneTextEncoder
from generation.demo_model.training.run import CannotGoOn
from generation.demo_model.transformer import SceneTransformer

TURBO = "transformer_turbo"
OTHER_TURBO = "holds a turbo, which a new denoiser without its own would make useless: give another folder with --out."


def export(
    folder: Path,
    *,
    text: SceneTextEncoder,
    transformer: SceneTransformer,
    decoder: SceneAutoencoder,
    turbo: SceneTransformer | None,
) -> None:
    """Replaces the folder when all is written. The small decoder stays in full precision: places are exact then."""
    if turbo is None and has_turbo(folder):
        raise CannotGoOn(f"{folder} {OTHER_TURBO}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
        fresh = Path(scratch) / "fresh"
        halves = [text.to(torch.float16), transformer.to(torch.float16)]
        pipeline = SceneVideoPipeline(halves[0], halves[1], decoder, FlowMatchEulerDiscreteScheduler())
        pipeline.save_pretrained(fresh, safe_serialization=True)
        if turbo is not None:
            turbo.to(torch.float16).save_pretrained(fresh / TURBO, safe_serialization=True)
        _name_modules(fresh / "model_index.json", pipeline)
        if folder.exists():
            folder.rename(Path(scratch) / "former")
        fresh.rename(folder)


def has_turbo(folder: Path) -> bool:
    """Whether there is a turbo, which would not fit to another denoiser."""
    return (folder / TURBO).exists()


def _name_modules(index: Path, pipeline: Any) -> None:
    """diffusers notes only the first part of a module's name, which is not where our classes are."""
    noted = json.loads(index.read_text(encoding="utf-8"))
    for name, part in pipeline.components.items():
        module = type(part).__module__
        if not module.startswith("diffusers."):
            noted[name] = [module, type(part).__name__]
    index.write_text(json.dumps(noted, indent=2, sort_keys=True) + "\n", encoding="utf-8")
