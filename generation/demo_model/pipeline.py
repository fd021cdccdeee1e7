"""The demo model as a diffusers pipeline: words, noise, steps, frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from diffusers import DiffusionPipeline, FlowMatchEulerDiscreteScheduler
from diffusers.utils import BaseOutput
from diffusers.utils.torch_utils import randn_tensor
from torch import Tensor

from generation.demo_model.autoencoder import TOKENS, SceneAutoencoder
from generation.demo_model.painting import paint
from generation.demo_model.text_encoder import SceneTextEncoder
from generation.demo_model.transformer import SceneTransformer

OnStepEnd = Callable[[Any, int, Any, dict[str, Any]], dict[str, Any]]


class SceneVideoOutput(BaseOutput):
    """`frames`: prompts × frames × 3 × height × width from 0 to 1, or the latents."""

    frames: Tensor


class SceneVideoPipeline(DiffusionPipeline):
    """Latents have no size, so width, height and length matter to the decoder alone."""

    model_cpu_offload_seq = "text_encoder->transformer->vae"
    _callback_tensor_inputs = ["latents"]

    def __init__(
        self,
        text_encoder: SceneTextEncoder,
        transformer: SceneTransformer,
        vae: SceneAutoencoder,
        scheduler: FlowMatchEulerDiscreteScheduler,
    ) -> None:
        super().__init__()
        self.register_modules(text_encoder=text_encoder, transformer=transformer, vae=vae, scheduler=scheduler)
        self._num_timesteps = 0

    @property
    def num_timesteps(self) -> int:
        return self._num_timesteps

    def encode_prompt(
        self, prompt: str | Sequence[str], *, do_classifier_free_guidance: bool = True
    ) -> tuple[Tensor, Tensor]:
        """The words and which of them are there; with guidance as many empty prompts before them."""
        prompts = [prompt] if isinstance(prompt, str) else list(prompt)
        without = [""] * len(prompts) if do_classifier_free_guidance else []
        tokens = self.text_encoder.tokenise([*without, *prompts])
        words, there = self.text_encoder(tokens.to(self.text_encoder.device))
        return words, there

    @torch.no_grad()
    def __call__(
        self,
        prompt: str | Sequence[str] | None = None,
        *,
        width: int = 320,
        height: int = 192,
        num_frames: int = 32,
        num_inference_steps: int = 20,
        guidance_scale: float = 3.0,
        generator: torch.Generator | None = None,
        latents: Tensor | None = None,
        prompt_embeds: Tensor | None = None,
        prompt_mask: Tensor | None = None,
        output_type: str = "pt",
        return_dict: bool = True,
        callback_on_step_end: OnStepEnd | None = None,
        callback_on_step_end_tensor_inputs: Sequence[str] = ("latents",),
    ) -> SceneVideoOutput | tuple[Tensor]:
        """Give a prompt, or what `encode_prompt` made of it. A guidance up to 1 is none."""
        guided = guidance_scale > 1
        if prompt_embeds is None or prompt_mask is None:
            if prompt is None:
                raise ValueError("A prompt is needed, or prompt_embeds with their prompt_mask.")
            prompt_embeds, prompt_mask = self.encode_prompt(prompt, do_classifier_free_guidance=guided)
        clips = len(prompt_embeds) // (1 + guided)
        device, dtype = self.transformer.device, self.transformer.dtype
        if latents is None:
            shape = (clips, TOKENS, self.transformer.config.latent_channels)
            latents = randn_tensor(shape, generator=generator, device=device, dtype=dtype)
        sigmas = [1 - step / num_inference_steps for step in range(num_inference_steps)]
        self.scheduler.set_timesteps(sigmas=sigmas, device=device)
        self._num_timesteps = len(self.scheduler.timesteps)
        with self.progress_bar(total=self._num_timesteps) as bar:
            for index, timestep in enumerate(self.scheduler.timesteps):
                direction = self._direction(latents, timestep, prompt_embeds, prompt_mask, guidance_scale)
                latents = self.scheduler.step(direction, timestep, latents, return_dict=False)[0]
                if callback_on_step_end is not None:
                    given = {"latents": latents} if "latents" in callback_on_step_end_tensor_inputs else {}
                    latents = callback_on_step_end(self, index, timestep, given).get("latents", latents)
                bar.update()
        self.maybe_free_model_hooks()
        if output_type != "latent":
            tokens = self.vae.coloured(latents.float())
            clips_frames = [
                torch.cat([*paint(self.vae, clip, width=width, height=height, frames=num_frames)], 1) for clip in tokens
            ]
            latents = torch.stack(clips_frames).transpose(1, 2).add(1).div(2)
        return SceneVideoOutput(frames=latents) if return_dict else (latents,)

    def _direction(self, latents: Tensor, timestep: Tensor, words: Tensor, there: Tensor, scale: float) -> Tensor:
        """What the denoiser says at this noise level, away from what it says without words."""
        copies = len(words) // len(latents)
        level = timestep.expand(len(words)) / self.scheduler.config.num_train_timesteps
        said: Tensor = self.transformer(latents.repeat(copies, 1, 1), level, words, there)
        if copies == 1:
            return said
        without, with_words = said.chunk(2)
        return without + scale * (with_words - without)
