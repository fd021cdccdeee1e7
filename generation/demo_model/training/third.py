"""Stage 3: the turbo denoiser, four steps without guidance, learns where the guided one arrives with twenty.

The pupil walks its own four steps from the same noise, and at each is shown the straight way to the teacher's end: so
it learns at the very places that it will see, its own small errors included.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from torch import Tensor, nn

from generation.demo_model.autoencoder import TOKENS, SceneAutoencoder
from generation.demo_model.pipeline import SceneVideoPipeline
from generation.demo_model.text_encoder import SceneTextEncoder
from generation.demo_model.training.fingerprints import of_recipe, of_weights
from generation.demo_model.training.run import Plan, Run, kept, save
from generation.demo_model.training.second import captions, lessons
from generation.demo_model.transformer import SceneTransformer

PLAN = Plan(name="turbo", steps=400, rate=5e-4, seed=3, warm_up=30, betas=(0.9, 0.98), decay=0.99)
BATCH = 128
STEPS = 4
PAIRS, AT_ONCE = 32_768, 512
TEACHER_STEPS, GUIDANCE = 20, 3.0


@dataclass(slots=True)
class Pairs:
    """Noise, and where the teacher went from it with these words."""

    prompts: list[str]
    noise: Tensor
    clean: Tensor


def train(
    folder: Path, text: SceneTextEncoder, teacher: SceneTransformer, decoder: SceneAutoencoder
) -> SceneTransformer:
    """The pupil; words are read by the teacher's own text encoder."""
    marks = {"recipe": of_recipe(PLAN), "denoiser": of_weights(text, teacher, decoder)}
    pupil = SceneTransformer.from_config(teacher.config)
    pupil.load_state_dict(teacher.state_dict())
    run = Run(PLAN, {"transformer": pupil}, folder, marks)
    pairs = _pairs(run, text, teacher, decoder)
    run.go(lambda generator: losses(run.models, text, pairs, generator, run.half))
    done = run.averaged()["transformer"]
    assert isinstance(done, SceneTransformer)  # noqa: S101
    return done


def losses(
    models: nn.ModuleDict,
    text: SceneTextEncoder,
    pairs: Pairs,
    generator: torch.Generator,
    half: AbstractContextManager[Any],
) -> dict[str, Tensor]:
    """How far each of the pupil's steps leads from the way to the teacher's end."""
    chosen = torch.randint(len(pairs.prompts), (BATCH,), generator=generator)
    clean, latents = pairs.clean[chosen], pairs.noise[chosen]
    with half, torch.no_grad():
        words, there = text(text.tokenise([pairs.prompts[index] for index in chosen.tolist()]))
    found = []
    for step in range(STEPS):
        level = 1 - step / STEPS
        with half:
            said = models["transformer"](latents, torch.full((BATCH,), level), words, there).float()
        # An error in direction at a low level leads less far astray.
        found.append(level * (said - (latents - clean) / level).square().mean())
        latents = latents - said.detach() / STEPS
    return {"way": torch.stack(found).mean(), "end": (latents - clean).square().mean()}


def _pairs(run: Run, text: SceneTextEncoder, teacher: SceneTransformer, decoder: SceneAutoencoder) -> Pairs:
    """Made by the guided teacher; kept, since they take minutes."""
    file = run.folder / "pairs.pt"
    if not file.exists():
        save(
            {
                "marks": run.marks,
                **_made(run, SceneVideoPipeline(text, teacher, decoder, FlowMatchEulerDiscreteScheduler())),
            },
            file,
        )
    state = kept(file, run.marks)
    return Pairs(prompts=state["prompts"], noise=state["noise"], clean=state["clean"])


def _made(run: Run, pipeline: SceneVideoPipeline) -> dict[str, Any]:
    """PAIRS of them, some at once, with progress."""
    pipeline.set_progress_bar_config(disable=True)
    generator = torch.Generator().manual_seed(PLAN.seed)
    prompts: list[str] = []
    noise, clean = [], []
    for done in range(0, PAIRS, AT_ONCE):
        said = captions(lessons(AT_ONCE, generator), generator)
        start = torch.randn(AT_ONCE, TOKENS, pipeline.transformer.config.latent_channels, generator=generator)
        with run.half:
            end = pipeline(
                said,
                latents=start,
                num_inference_steps=TEACHER_STEPS,
                guidance_scale=GUIDANCE,
                output_type="latent",
            ).frames
        prompts += said
        noise.append(start)
        clean.append(end.float())
        print(f"pairs {done + AT_ONCE}/{PAIRS}", flush=True)  # noqa: T201
    return {"prompts": prompts, "noise": torch.cat(noise), "clean": torch.cat(clean)}
