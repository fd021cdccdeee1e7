"""CogVideoX: T5 text, one transformer, a causal VAE that remembers its convolutions' edge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import torch
from diffusers import CogVideoXImageToVideoPipeline, CogVideoXPipeline

from generation.engines import decoding
from generation.engines.base import EngineRequest, OnStep
from generation.engines.diffusion import DiffusersEngine
from generation.engines.native import Native

PREDICTED = r"transformer_blocks\.\d+\.(attn1|ff)"  # what TaylorSeer predicts instead of running


class CogVideoXEngine(DiffusersEngine):
    pipeline_class: ClassVar[Any] = CogVideoXPipeline
    image_class: ClassVar[Any] = CogVideoXImageToVideoPipeline
    step_caches: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "first-block": {},
        "mag": {},
        "faster": {},
        "pyramid": {},
        "taylorseer": {"cache_identifiers": [PREDICTED]},
    }
    multiple: ClassVar[int] = 16
    frame_multiple: ClassVar[int] = 4

    def encode_text(self, request: EngineRequest) -> dict[str, Any]:
        prompt, negative = self.pipeline.encode_prompt(
            request.prompt,
            negative_prompt=self._entry.options.negative_prompt or None,
            do_classifier_free_guidance=self.guided(request),
            max_sequence_length=self.pipeline.transformer.config.max_text_seq_length,
        )
        return {"prompt_embeds": prompt, "negative_prompt_embeds": negative}

    def denoise(self, request: EngineRequest, size: Native, text: dict[str, Any], on_step: OnStep) -> torch.Tensor:
        """1 × latent frames × channels × height × width. Version 1.5 puts frames in front that nobody asked for."""
        latents: torch.Tensor = super().denoise(request, size, text, on_step)
        wanted = (size.frames - 1) // self.pipeline.vae_scale_factor_temporal + 1
        return latents[:, latents.shape[1] - wanted :]

    def decode(self, latents: torch.Tensor) -> Iterator[torch.Tensor]:
        vae = self.pipeline.vae
        latents = latents.to(decoding.device_of(vae), vae.dtype).permute(0, 2, 1, 3, 4)
        yield from decoding.cog(vae, 1 / self.pipeline.vae_scaling_factor_image * latents)
