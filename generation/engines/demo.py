"""The project's own small model: coloured shapes that move, from words, on any processor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import torch

from generation.demo_model.painting import paint
from generation.demo_model.pipeline import SceneVideoPipeline
from generation.engines.base import EngineRequest, OnStep
from generation.engines.diffusion import DiffusersEngine
from generation.engines.native import Native


class DemoEngine(DiffusersEngine):
    """No step cache: all its steps together take less than a second."""

    pipeline_class: ClassVar[Any] = SceneVideoPipeline
    multiple: ClassVar[int] = 2
    frame_multiple: ClassVar[int] = 1
    vae_dtype: ClassVar[torch.dtype] = torch.float32  # it is tiny, and places are to be exact

    def encode_text(self, request: EngineRequest) -> dict[str, Any]:
        words, there = self.pipeline.encode_prompt(request.prompt, do_classifier_free_guidance=self.guided(request))
        return {"prompt_embeds": words, "prompt_mask": there}

    def denoise(self, request: EngineRequest, size: Native, text: dict[str, Any], on_step: OnStep) -> Any:
        """Its latents have no size, so that goes along with them."""
        return super().denoise(request, size, text, on_step), size

    def decode(self, latents: tuple[torch.Tensor, Native]) -> Iterator[torch.Tensor]:
        tokens, size = latents
        vae = self.pipeline.vae
        with torch.no_grad():
            tokens = vae.coloured(tokens[0].to(vae.device, vae.dtype))
        yield from paint(vae, tokens, width=size.width, height=size.height, frames=size.frames)
