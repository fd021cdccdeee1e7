"""Mochi: T5 text, an asymmetric transformer, a VAE of six frames a latent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import torch
from diffusers import MochiPipeline

from generation.engines import decoding
from generation.engines.base import EngineRequest
from generation.engines.diffusion import DiffusersEngine

MAX_TOKENS = 256
PREDICTED = r"transformer_blocks\.\d+\.(attn1|ff)"  # what TaylorSeer predicts instead of running


class MochiEngine(DiffusersEngine):
    pipeline_class: ClassVar[Any] = MochiPipeline
    step_caches: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "first-block": {},
        "mag": {},
        "taylorseer": {"cache_identifiers": [PREDICTED]},
    }
    multiple: ClassVar[int] = 16
    frame_multiple: ClassVar[int] = 6

    def encode_text(self, request: EngineRequest) -> dict[str, Any]:
        prompt, prompt_mask, negative, negative_mask = self.pipeline.encode_prompt(
            request.prompt,
            negative_prompt=self._entry.options.negative_prompt or None,
            do_classifier_free_guidance=self.guided(request),
            max_sequence_length=min(MAX_TOKENS, self.pipeline.transformer.config.max_sequence_length),
        )
        return {
            "prompt_embeds": prompt,
            "prompt_attention_mask": prompt_mask,
            "negative_prompt_embeds": negative,
            "negative_prompt_attention_mask": negative_mask,
        }

    def decode(self, latents: torch.Tensor) -> Iterator[torch.Tensor]:
        """Whole, at native size: in pieces this VAE gives other pictures."""
        vae = self.pipeline.vae
        latents = latents.to(decoding.device_of(vae), vae.dtype)
        config = vae.config
        if config.latents_mean is not None and config.latents_std is not None:
            mean, std = (
                torch.tensor(values).view(1, -1, 1, 1, 1).to(latents)
                for values in (config.latents_mean, config.latents_std)
            )
            latents = latents * std / config.scaling_factor + mean
        else:
            latents = latents / config.scaling_factor
        yield from decoding.whole(vae, latents)
