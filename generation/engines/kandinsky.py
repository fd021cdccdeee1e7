"""Kandinsky 5: Qwen2.5-VL and CLIP text, one transformer, HunyuanVideo's VAE."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import torch
from diffusers import Kandinsky5I2VPipeline, Kandinsky5T2VPipeline
from transformers import Qwen2Tokenizer

from generation.catalogue import CatalogueError
from generation.engines import decoding
from generation.engines.base import EngineRequest
from generation.engines.diffusion import DiffusersEngine
from generation.engines.native import Native

MAX_TOKENS = 512
SPARSE_MULTIPLE = 128  # pixels
FEWEST_FROM_IMAGE = 17  # frames; five latent ones


class Kandinsky5Engine(DiffusersEngine):
    """No step cache: its pipeline does not tell the transformer which of the two guidance passes is running."""

    pipeline_class: ClassVar[Any] = Kandinsky5T2VPipeline
    image_class: ClassVar[Any] = Kandinsky5I2VPipeline
    multiple: ClassVar[int] = 16
    frame_multiple: ClassVar[int] = 4

    def native_size(self, request: EngineRequest) -> Native:
        """From an image, the first four latent frames are levelled to those after them: there must be a fifth."""
        size = super().native_size(request)
        return size if request.image is None else replace(size, frames=max(size.frames, FEWEST_FROM_IMAGE))

    def components(self, folder: Path) -> dict[str, Any]:
        """The processor's tokenizer alone: the rest is for pictures in prompts, and needs torchvision."""
        return {"tokenizer": Qwen2Tokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)}

    def prepare(self, folder: Path) -> None:
        """The 10 s weights look at squares of 8 × 8 patches of 16 pixels."""
        sparse = self.pipeline.transformer.config.attention_type == "nabla"
        if sparse and self._entry.native_multiple % SPARSE_MULTIPLE:
            raise CatalogueError(
                f"The catalogue's entry {self._entry.key!r}: native_multiple is {self._entry.native_multiple}; "
                f"its weights need a multiple of {SPARSE_MULTIPLE}."
            )

    def encode_text(self, request: EngineRequest) -> dict[str, Any]:
        text = self._embedded(request.prompt, prefix="")
        if self.guided(request):
            text |= self._embedded(self._entry.options.negative_prompt, prefix="negative_")
        return text

    def _embedded(self, words: str, *, prefix: str) -> dict[str, Any]:
        qwen, clip, lengths = self.pipeline.encode_prompt(words, max_sequence_length=MAX_TOKENS)
        return {
            f"{prefix}prompt_embeds_qwen": qwen,
            f"{prefix}prompt_embeds_clip": clip,
            f"{prefix}prompt_cu_seqlens": lengths,
        }

    def decode(self, latents: torch.Tensor) -> Iterator[torch.Tensor]:
        """The transformer keeps channels last."""
        vae = self.pipeline.vae
        latents = latents.to(decoding.device_of(vae), vae.dtype).permute(0, 4, 1, 2, 3)
        yield from decoding.overlapping(vae, latents / vae.config.scaling_factor, drops=0)
