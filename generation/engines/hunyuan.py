"""HunyuanVideo 1.5: Qwen2.5-VL and ByT5 text, a guider of its own, a VAE of 16 pixels a latent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import torch
from diffusers import HunyuanVideo15ImageToVideoPipeline, HunyuanVideo15Pipeline
from diffusers.hooks._helpers import TransformerBlockMetadata, TransformerBlockRegistry
from diffusers.models.transformers.transformer_hunyuan_video15 import HunyuanVideo15TransformerBlock

from generation.engines import decoding
from generation.engines.base import EngineRequest, OnStep
from generation.engines.diffusion import DiffusersEngine
from generation.engines.native import Native

# diffusers' step caches do not know this block; it answers (pictures, words) like its elder sister's.
TransformerBlockRegistry.register(
    model_class=HunyuanVideo15TransformerBlock,
    metadata=TransformerBlockMetadata(return_hidden_states_index=0, return_encoder_hidden_states_index=1),
)
PREDICTED = r"transformer_blocks\.\d+\.(attn|ff|ff_context)"  # what TaylorSeer predicts instead of running


class HunyuanVideo15Engine(DiffusersEngine):
    pipeline_class: ClassVar[Any] = HunyuanVideo15Pipeline
    image_class: ClassVar[Any] = HunyuanVideo15ImageToVideoPipeline
    step_caches: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "first-block": {},
        "mag": {},
        "taylorseer": {"cache_identifiers": [PREDICTED]},
    }
    multiple: ClassVar[int] = 16
    frame_multiple: ClassVar[int] = 4

    def encode_text(self, request: EngineRequest) -> dict[str, Any]:
        text = self._embedded(request.prompt, prefix="")
        if self.guided(request):
            text |= self._embedded(self._entry.options.negative_prompt, prefix="negative_")
        return text

    def _embedded(self, words: str, *, prefix: str) -> dict[str, Any]:
        names = ("prompt_embeds", "prompt_embeds_mask", "prompt_embeds_2", "prompt_embeds_mask_2")
        values = self.pipeline.encode_prompt(words, dtype=self.pipeline.transformer.dtype)
        return {f"{prefix}{name}": value for name, value in zip(names, values, strict=True)}

    def native_size(self, request: EngineRequest) -> Native:
        """From an image the pipeline itself chooses the size, among those of its training, by the image's aspect."""
        size = super().native_size(request)
        if request.image is None or self.image_pipeline is None:
            return size
        processor = self.image_pipeline.video_processor
        height, width = processor.calculate_default_height_width(
            height=size.height, width=size.width, target_size=self.image_pipeline.target_size
        )
        return Native(width=width, height=height, frames=size.frames)

    def arguments(self, request: EngineRequest, size: Native) -> dict[str, Any]:
        arguments = super().arguments(request, size)
        del arguments["guidance_scale"]  # the guider has it
        if request.image is not None:
            del arguments["width"], arguments["height"]
        return arguments

    def denoise(self, request: EngineRequest, size: Native, text: dict[str, Any], on_step: OnStep) -> torch.Tensor:
        for pipeline in self._pipelines():
            pipeline.guider.guidance_scale = request.guidance if self.guided(request) else 1.0
        latents: torch.Tensor = super().denoise(request, size, text, on_step)
        return latents

    def call(self, arguments: dict[str, Any], generator: torch.Generator, on_step: OnStep) -> tuple[Any, ...]:
        """The only pipeline without a step callback: what it does at the end of a step is move its progress bar."""
        self._running = pipeline = self.image_pipeline if "image" in arguments else self.pipeline
        pipeline.progress_bar = lambda iterable=None, total=None: _StepBar(on_step, total)
        try:
            outputs: tuple[Any, ...] = pipeline(
                **arguments, generator=generator, output_type="latent", return_dict=False
            )
            return outputs
        finally:
            del pipeline.progress_bar

    def decode(self, latents: torch.Tensor) -> Iterator[torch.Tensor]:
        """Whole, at native size, unless tiled: each frame's attention looks at all frames before it."""
        vae = self.pipeline.vae
        latents = latents.to(decoding.device_of(vae), vae.dtype)
        yield from decoding.whole(vae, latents / vae.config.scaling_factor)


class _StepBar:
    """Looks like a progress bar to the pipeline."""

    def __init__(self, on_step: OnStep, total: int) -> None:
        self._on_step, self._total, self._done = on_step, total, 0

    def __enter__(self) -> _StepBar:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def update(self, steps: int = 1) -> None:
        self._done += steps
        self._on_step(self._done, self._total)
