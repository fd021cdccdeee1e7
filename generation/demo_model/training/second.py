"""Stage 2: text encoder and denoiser together, by rectified flow on the tokens of fresh scenes with their captions."""

from __future__ import annotations

import random
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from generation.demo_model.autoencoder import SceneAutoencoder
from generation.demo_model.captions import caption
from generation.demo_model.scenes import Scenes, draw, held_out
from generation.demo_model.text_encoder import SceneTextEncoder
from generation.demo_model.training.encoder import SceneEncoder
from generation.demo_model.training.fingerprints import of_recipe, of_weights
from generation.demo_model.training.run import Plan, Run
from generation.demo_model.transformer import SceneTransformer
from generation.demo_model.vocabulary import WORDS

PLAN = Plan(name="denoiser", steps=2500, rate=1.2e-3, seed=2, warm_up=300, betas=(0.9, 0.98), decay=0.9993)
BATCH = 128  # scenes with their captions
LEVELS = 4  # noise levels that each of them is seen at: words are the dearer part
UNTOLD = 0.1  # share of captions left out, which guidance needs
TWO = 0.45  # share of scenes with two shapes


def train(folder: Path, encoder: SceneEncoder, decoder: SceneAutoencoder) -> tuple[SceneTextEncoder, SceneTransformer]:
    """Both, trained on what the encoder makes of scenes."""
    torch.manual_seed(PLAN.seed)
    marks = {"recipe": of_recipe(PLAN), "autoencoder": of_weights(encoder, decoder)}
    run = Run(PLAN, {"text": SceneTextEncoder(words=WORDS), "transformer": SceneTransformer()}, folder, marks)
    run.go(lambda generator: losses(run.models, encoder, decoder, generator, run.half))
    done = run.averaged()
    text, transformer = done["text"], done["transformer"]
    assert isinstance(text, SceneTextEncoder)  # noqa: S101
    assert isinstance(transformer, SceneTransformer)  # noqa: S101
    return text, transformer


def losses(
    models: nn.ModuleDict,
    encoder: SceneEncoder,
    decoder: SceneAutoencoder,
    generator: torch.Generator,
    half: AbstractContextManager[Any],
) -> dict[str, Tensor]:
    """How wrong the denoiser is about the way from clean tokens to noise."""
    text: Any = models["text"]
    scenes = lessons(BATCH, generator)
    with torch.no_grad():
        clean = decoder.whitened(encoder(scenes)).repeat(LEVELS, 1, 1)
    noise = torch.randn(clean.shape, generator=generator)
    # Levels in the middle are the ones that decide.
    levels = torch.randn(len(clean), generator=generator).sigmoid()
    noisy = torch.lerp(clean, noise, levels[:, None, None])
    with half:
        words, there = text(text.tokenise(captions(scenes, generator)))
        said = models["transformer"](noisy, levels, words, there)
    return {"flow": (said.float() - (noise - clean)).square().mean()}


def lessons(count: int, generator: torch.Generator) -> Scenes:
    """Random scenes, without those that are held out for the evaluation."""
    scenes = draw(2 * count, generator, two=TWO)
    return scenes[~held_out(scenes)][:count]


def captions(scenes: Scenes, generator: torch.Generator) -> list[str]:
    """One for each scene, or nothing."""
    chance = random.Random(int(torch.randint(2**62, (1,), generator=generator)))  # noqa: S311
    return ["" if chance.random() < UNTOLD else caption(scenes, index, chance) for index in range(len(scenes))]
