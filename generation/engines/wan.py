"""The Wan family, 2.1 and 2.2: UMT5 text, one or two 3-D transformers, a causal VAE that can decode piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch
from diffusers import WanImageToVideoPipeline, WanPipeline

from generation.engines import decoding, tuning
from generation.engines.base import EngineRequest
from generation.engines.diffusion import DiffusersEngine
from generation.engines.native import Native

MAX_TOKENS = 512  # what Wan was trained with; longer prompts are cut
PREDICTED = r"blocks\.\d+\.(attn1|attn2|ffn)"  # what TaylorSeer predicts instead of running


class WanEngine(DiffusersEngine):
    """Of two transformers (A14B) the first does the noisy steps; the checkpoint's `boundary_ratio` says until when."""

    pipeline_class: ClassVar[Any] = WanPipeline
    image_class: ClassVar[Any] = WanImageToVideoPipeline
    step_caches: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "first-block": {},
        "mag": {},
        "taylorseer": {"cache_identifiers": [PREDICTED]},
    }
    own_options: ClassVar[frozenset[str]] = frozenset({"guidance_2"})
    multiple: ClassVar[int] = 16
    frame_multiple: ClassVar[int] = 4
    vae_dtype: ClassVar[torch.dtype] = torch.float32

    def encode_text(self, request: EngineRequest) -> dict[str, Any]:
        prompt, negative = self.pipeline.encode_prompt(
            request.prompt,
            negative_prompt=self._entry.options.negative_prompt or None,
            do_classifier_free_guidance=self.guided(request),
            max_sequence_length=MAX_TOKENS,
        )
        return {"prompt_embeds": prompt, "negative_prompt_embeds": negative}

    def prepare(self, folder: Path) -> None:
        if self._entry.options.guidance_2 is not None and self.pipeline.config.boundary_ratio is None:
            name = type(self.pipeline).__name__
            raise tuning.refusal(self._entry, "guidance_2", f"{name} has one transformer here")

    def arguments(self, request: EngineRequest, size: Native) -> dict[str, Any]:
        second = self._entry.options.guidance_2
        # A model with one transformer refuses a second scale.
        has_two = self.pipeline.config.boundary_ratio is not None
        return super().arguments(request, size) | ({"guidance_scale_2": second} if has_two else {})

    def decode(self, latents: torch.Tensor) -> Iterator[torch.Tensor]:
        yield from decoding.wan(self.pipeline.vae, denormalised(latents, self.pipeline.vae))


def denormalised(latents: torch.Tensor, vae: Any) -> torch.Tensor:
    """From the transformer's scale to the VAE's, in the pipeline's own order of operations: rounding counts."""
    latents = latents.to(decoding.device_of(vae), vae.dtype)
    mean, std = (
        torch.tensor(values).view(1, vae.config.z_dim, 1, 1, 1).to(latents)
        for values in (vae.config.latents_mean, vae.config.latents_std)
    )
    return latents / (1.0 / std) + mean
