"""The finished checkpoint: a pipeline's folder in half precision, with the turbo denoiser beside the standard one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler

from generation.demo_model.autoencoder import SceneAutoencoder
from generation.demo_model.pipeline import SceneVideoPipeline
from generation.demo_model.text_encoder import SceneTextEncoder
from generation.demo_model.transformer import SceneTransformer

TURBO = "transformer_turbo"


def export(
    folder: Path,
    *,
    text: SceneTextEncoder,
    transformer: SceneTransformer,
    decoder: SceneAutoencoder,
    turbo: SceneTransformer | None,
) -> None:
    """Replaces the folder. The small decoder stays in full precision: places are exact to a fraction of a pixel."""
    shutil.rmtree(folder, ignore_errors=True)
    halves = [text.to(torch.float16), transformer.to(torch.float16)]
    pipeline = SceneVideoPipeline(halves[0], halves[1], decoder, FlowMatchEulerDiscreteScheduler())
    pipeline.save_pretrained(folder, safe_serialization=True)
    if turbo is not None:
        turbo.to(torch.float16).save_pretrained(folder / TURBO, safe_serialization=True)
    _name_modules(folder / "model_index.json", pipeline)


def _name_modules(index: Path, pipeline: Any) -> None:
    """diffusers notes only the first part of a module's name, which is not where our classes are."""
    noted = json.loads(index.read_text(encoding="utf-8"))
    for name, part in pipeline.components.items():
        module = type(part).__module__
        if not module.startswith("diffusers."):
            noted[name] = [module, type(part).__name__]
    index.write_text(json.dumps(noted, indent=2, sort_keys=True) + "\n", encoding="utf-8")
