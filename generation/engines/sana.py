"""Sana-Video: Gemma 2 text, a linear transformer, the VAE of Wan, of LTX-2 or a deep-compression one."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, ClassVar

import torch
from diffusers import AutoencoderKLLTX2Video, AutoencoderKLWan, SanaImageToVideoPipeline, SanaVideoPipeline

from generation.engines import decoding
from generation.engines.base import EngineRequest
from generation.engines.diffusion import DiffusersEngine
from generation.engines.native import Native
from generation.engines.wan import denormalised

MAX_TOKENS = 300
# What the model was trained to see in front of each prompt.
INSTRUCTION = inspect.signature(SanaVideoPipeline.__call__).parameters["complex_human_instruction"].default


class SanaVideoEngine(DiffusersEngine):
    """No step cache: diffusers has none for its transformer, whose attention is linear and cheap."""

    pipeline_class: ClassVar[Any] = SanaVideoPipeline
    image_class: ClassVar[Any] = SanaImageToVideoPipeline
    multiple: ClassVar[int] = 32
    frame_multiple: ClassVar[int] = 4
    vae_dtype: ClassVar[torch.dtype] = torch.float32

    def encode_text(self, request: EngineRequest) -> dict[str, Any]:
        prompt, prompt_mask, negative, negative_mask = self.pipeline.encode_prompt(
            request.prompt,
            do_classifier_free_guidance=self.guided(request),
            negative_prompt=self._entry.options.negative_prompt,
            max_sequence_length=MAX_TOKENS,
            complex_human_instruction=INSTRUCTION,
        )
        return {
            "prompt_embeds": prompt,
            "prompt_attention_mask": prompt_mask,
            "negative_prompt_embeds": negative,
            "negative_prompt_attention_mask": negative_mask,
        }

    def arguments(self, request: EngineRequest, size: Native) -> dict[str, Any]:
        arguments = super().arguments(request, size)
        frames = arguments.pop("num_frames")
        # Its default negative prompt stands in the way of encoded ones; binning would replace the size by another.
        return arguments | {"frames": frames, "negative_prompt": None, "use_resolution_binning": False}

    def decode(self, latents: torch.Tensor) -> Iterator[torch.Tensor]:
        vae = self.pipeline.vae
        if isinstance(vae, AutoencoderKLWan):
            yield from decoding.wan(vae, denormalised(latents, vae))
            return
        latents = latents.to(decoding.device_of(vae), vae.dtype)
        if isinstance(vae, AutoencoderKLLTX2Video):
            mean, std = (values.view(1, -1, 1, 1, 1).to(latents) for values in (vae.latents_mean, vae.latents_std))
            yield from decoding.overlapping(vae, latents * std + mean, drops=-1)
            return
        yield from decoding.whole(vae, latents)
