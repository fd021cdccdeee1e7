"""LTX-2: pictures and sound in one transformer, Gemma text, and a second stage that doubles the size.

With an upsampler the first stage renders at half the native size; its latents are doubled and refined in few steps.
That is the way to 1080p: half of it has a sixteenth of the attention.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import torch
from diffusers import (
    LTX2ImageToVideoPipeline,
    LTX2LatentUpsamplePipeline,
    LTX2Pipeline,
)
from diffusers.pipelines.ltx2.latent_upsampler import LTX2LatentUpsamplerModel
from diffusers.pipelines.ltx2.utils import DEFAULT_NEGATIVE_PROMPT, STAGE_2_DISTILLED_SIGMA_VALUES

from generation.engines import decoding, tuning
from generation.engines.base import EngineRequest, OnStep, Sound
from generation.engines.diffusion import DiffusersEngine
from generation.engines.native import Native
from generation.engines.schedule import FixedFlowSchedule

MAX_TOKENS = 1024
STRETCH, STRIDE = 64, 40  # frames that are decoded together, and from one start to the next
# Guidance that contrasts a pass with parts switched off; distilled weights need none of it.
WITHOUT_GUIDANCE = {
    "guidance_scale": 1.0,
    "stg_scale": 0.0,
    "modality_scale": 1.0,
    "guidance_rescale": 0.0,
    "audio_guidance_scale": 1.0,
    "audio_stg_scale": 0.0,
    "audio_modality_scale": 1.0,
    "audio_guidance_rescale": 0.0,
    "spatio_temporal_guidance_blocks": None,
}
PREDICTED = r"transformer_blocks\.\d+\.(.*attn\d?|ff|audio_ff)"  # what TaylorSeer predicts instead of running


@dataclass(frozen=True, slots=True)
class Heard:
    """Both kinds of latents, in their autoencoders' own scale."""

    pictures: torch.Tensor
    sound: torch.Tensor


class LTX2Engine(DiffusersEngine):
    pipeline_class: ClassVar[Any] = LTX2Pipeline
    image_class: ClassVar[Any] = LTX2ImageToVideoPipeline
    step_caches: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "taylorseer": {"cache_identifiers": [PREDICTED]},
    }
    own_options: ClassVar[frozenset[str]] = frozenset({"upsampler", "refine_sigmas", "refine_transformer"})
    multiple: ClassVar[int] = 32
    frame_multiple: ClassVar[int] = 8

    def __init__(self) -> None:
        super().__init__()
        self._upsampling: Any = None
        self._refining: Any = None  # the second stage's transformer, if it is another one

    def rule(self, name: str) -> int:
        """Doubled, both sides of the half must be whole."""
        return super().rule(name) * (2 if name == "multiple" and self._entry.options.upsampler else 1)

    def prepare(self, folder: Path) -> None:
        vae = self.pipeline.vae
        # Longer stretches than diffusers' default of 16 frames, blended over 24: what the model's makers use.
        vae.tile_sample_min_num_frames, vae.tile_sample_stride_num_frames = STRETCH, STRIDE
        place = self._entry.options.upsampler
        if not place:
            return
        try:
            upsampler = LTX2LatentUpsamplerModel.from_pretrained(
                folder / place,
                local_files_only=True,
                use_safetensors=True,
                torch_dtype=self.precision()["default"],
            )
        except (OSError, ValueError) as error:
            raise tuning.refusal(self._entry, "upsampler", str(error)) from error
        self._upsampling = LTX2LatentUpsamplePipeline(vae=self.pipeline.vae, latent_upsampler=upsampler)
        upsampler.to(self._device)
        if self._entry.options.refine_transformer:
            precision = self.precision()["default"]
            self._refining = tuning.load_transformer(self._entry, "refine_transformer", folder, precision)
            tuning.place_alone(self._refining, self._entry, self._device)

    def unload(self) -> None:
        self._upsampling = self._refining = None
        super().unload()

    def _parts(self) -> list[Any]:
        extra = [self._upsampling.latent_upsampler] if self._upsampling is not None else []
        return [*super()._parts(), *extra, self._refining]

    def encode_text(self, request: EngineRequest) -> dict[str, Any]:
        prompt, prompt_mask, negative, negative_mask = self.pipeline.encode_prompt(
            request.prompt,
            negative_prompt=self._entry.options.negative_prompt or DEFAULT_NEGATIVE_PROMPT,
            do_classifier_free_guidance=self.guided(request),
            max_sequence_length=MAX_TOKENS,
        )
        return {
            "prompt_embeds": prompt,
            "prompt_attention_mask": prompt_mask,
            "negative_prompt_embeds": negative,
            "negative_prompt_attention_mask": negative_mask,
        }

    def arguments(self, request: EngineRequest, size: Native) -> dict[str, Any]:
        arguments = super().arguments(request, size) | {"frame_rate": float(request.fps)}
        return arguments if self.guided(request) else arguments | WITHOUT_GUIDANCE

    def denoise(self, request: EngineRequest, size: Native, text: dict[str, Any], on_step: OnStep) -> Heard:
        if self._upsampling is None:
            return self._stage(request, size, text, self.generator(request), on_step)
        return self._two_stages(request, size, text, on_step)

    def _two_stages(self, request: EngineRequest, size: Native, text: dict[str, Any], on_step: OnStep) -> Heard:
        generator = self.generator(request)
        sigmas = self._entry.options.refine_sigmas or tuple(STAGE_2_DISTILLED_SIGMA_VALUES)
        total = request.steps + len(sigmas)
        half = Native(width=size.width // 2, height=size.height // 2, frames=size.frames)
        first = self._stage(request, half, text, generator, lambda done, _total: on_step(done, total))
        doubled = self._upsampling(latents=first.pictures, output_type="latent", return_dict=False)[0]
        positive = {name: value for name, value in text.items() if not name.startswith("negative_")}
        with self._second_stage(sigmas):
            return self._stage(
                request,
                size,
                positive
                | WITHOUT_GUIDANCE
                | {"latents": doubled, "audio_latents": first.sound, "noise_scale": sigmas[0]}
                | {"num_inference_steps": len(sigmas)},
                generator,
                lambda done, _total: on_step(request.steps + done, total),
            )

    @contextmanager
    def _second_stage(self, sigmas: tuple[float, ...]) -> Iterator[None]:
        """Its schedule, and its transformer if it has one of its own, in place of the first stage's."""
        usual = [(each, each.scheduler, each.transformer) for each in self._pipelines()]
        for pipeline, scheduler, transformer in usual:
            pipeline.scheduler = FixedFlowSchedule.of(scheduler, sigmas)
            pipeline.transformer = self._refining or transformer
        try:
            yield
        finally:
            for pipeline, scheduler, transformer in usual:
                pipeline.scheduler, pipeline.transformer = scheduler, transformer

    def _stage(
        self,
        request: EngineRequest,
        size: Native,
        more: dict[str, Any],
        generator: torch.Generator,
        on_step: OnStep,
    ) -> Heard:
        arguments = self.arguments(request, size) | more | self.image_argument(request, size)
        return Heard(*self.call(arguments, generator, on_step))

    def decode(self, latents: Heard) -> Iterator[torch.Tensor]:
        vae = self.pipeline.vae
        yield from decoding.overlapping(vae, latents.pictures.to(decoding.device_of(vae), vae.dtype), drops=-1)

    def sound(self, latents: Heard, request: EngineRequest) -> Sound | None:
        voice = self.pipeline.audio_vae
        spectrum = voice.decode(latents.sound.to(decoding.device_of(voice), voice.dtype), return_dict=False)[0]
        samples = self.pipeline.vocoder(spectrum)[0].float().clamp(-1, 1).cpu().numpy()
        return Sound(samples=samples, rate=self.pipeline.vocoder.config.output_sampling_rate)
