"""What people write without us: a diffusers pipeline, a loop, `export_to_video`. Knows nothing of this project.

It runs in a process of its own as well (gradio_app.py), so everything that it needs comes as an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import WanPipeline
from diffusers.utils import export_to_video, logging


@dataclass(frozen=True)
class Format:
    """What all videos of a measurement have in common."""

    width: int
    height: int
    fps: int
    steps: int
    guidance: float


def load(checkpoint: Path) -> Any:
    logging.disable_progress_bar()
    pipeline = WanPipeline.from_pretrained(checkpoint, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def generate(pipeline: Any, format: Format, *, prompt: str, seconds: int, seed: int, path: Path) -> Path:
    """One video in a file, of exactly so many seconds."""
    frames = pipeline(
        prompt=prompt,
        width=format.width,
        height=format.height,
        num_frames=seconds * format.fps + 1,
        num_inference_steps=format.steps,
        guidance_scale=format.guidance,
        generator=torch.Generator("cpu").manual_seed(seed),
    ).frames[0]
    export_to_video(frames[: seconds * format.fps], str(path), fps=format.fps)
    return path
