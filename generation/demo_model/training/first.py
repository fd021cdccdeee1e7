"""Stage 1: encoder and decoder together, on the renderer's pixels at sampled points."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from generation.demo_model.autoencoder import FIRST_SHAPE, GROUND, Paths, SceneAutoencoder
from generation.demo_model.scenes import MOST, PALETTE, Poses, Scenes, colours_at, draw, poses
from generation.demo_model.training.encoder import NOISE, ROUND, SceneEncoder
from generation.demo_model.training.fingerprints import of_recipe
from generation.demo_model.training.run import Plan, Run

PLAN = Plan(name="autoencoder", steps=8000, rate=3e-3, seed=1)
BATCH, TIMES, POINTS = 256, 4, 20
SOFT = (0.03, 0.4)  # widths of an edge, in half the canvas's short side
PULL = 2e-4  # of the tokens towards 0
LEAST_STD = NOISE  # a number that moves less than the noise says nothing, and must not be blown up


def train(folder: Path) -> tuple[SceneEncoder, SceneAutoencoder]:
    """Both parts, trained; the decoder knows the mean and the spread of the tokens."""
    torch.manual_seed(PLAN.seed)
    marks = {"recipe": of_recipe(PLAN)}
    run = Run(PLAN, {"encoder": SceneEncoder(), "decoder": SceneAutoencoder()}, folder, marks)
    run.go(lambda generator: losses(run.models, generator, run.half))
    done = run.averaged()
    encoder, decoder = done["encoder"], done["decoder"]
    assert isinstance(encoder, SceneEncoder)  # noqa: S101
    assert isinstance(decoder, SceneAutoencoder)  # noqa: S101
    measure_tokens(encoder, decoder)
    return encoder, decoder


def losses(models: nn.ModuleDict, generator: torch.Generator, half: AbstractContextManager[Any]) -> dict[str, Tensor]:
    """One batch: what the pixels say, and what the annotations say."""
    decoder: Any = models["decoder"]
    scenes = draw(BATCH, generator, two=0.6)
    times = torch.rand(BATCH, TIMES, generator=generator)
    times[:, 0] = times[:, 0].round()  # the ends are the hardest, and the first and last pictures
    mean = models["encoder"](scenes)
    tokens = mean + NOISE * torch.randn(mean.shape, generator=generator)
    where = poses(scenes, times)
    points = sampled(where, generator)
    low, high = math.log(SOFT[0]), math.log(SOFT[1])
    soft = torch.exp(low + (high - low) * torch.rand(BATCH, TIMES, 1, generator=generator))
    wanted = colours_at(scenes, times, points, pixel=soft)
    paths = decoder.paths(tokens[:, FIRST_SHAPE:], times[:, None].expand(-1, MOST, -1))
    ground, colours, presence = decoder.colours(tokens)
    # For half the scenes the annotated places: an outline that learns where a path errs becomes blurred along it.
    exact = (torch.arange(BATCH) % 2 == 0)[:, None, None]
    placed = Paths(
        *(
            torch.where(exact, true, own)
            for true, own in (
                (where.x, paths.x),
                (where.y, paths.y),
                (where.size, paths.size),
                (where.angle.cos(), paths.cos),
                (where.angle.sin(), paths.sin),
            )
        )
    )
    with half:
        inside = covered(decoder, tokens, placed, points, soft)
    painted = painted_at(ground, colours, presence, inside)
    there = scenes.present.float()
    return {
        "pixels": 10 * functional.mse_loss(painted, wanted),
        "path": path_loss(paths, where, scenes),
        "presence": 0.1 * functional.binary_cross_entropy_with_logits(presence, there),
        "colours": 3 * functional.mse_loss(ground, PALETTE[scenes.ground])
        + 3 * ((colours - PALETTE[scenes.colour]).square().mean(-1) * there).mean(),
        "pull": PULL * mean.square().sum(-1).mean(),
    }


def sampled(where: Poses, generator: torch.Generator) -> Tensor:
    """A quarter of the points anywhere, the others near the shapes' outlines: B × T × POINTS × 2."""
    batch, _, times = where.x.shape
    anywhere = torch.rand(batch, times, POINTS, 2, generator=generator) * 2.4 - 1.2
    slot = torch.randint(0, MOST, (batch, 1, POINTS), generator=generator)
    angle = torch.rand(batch, times, POINTS, generator=generator) * 2 * math.pi
    radius = 1.4 * torch.rand(batch, times, POINTS, generator=generator).sqrt()

    def of(part: Tensor) -> Tensor:
        return torch.where(slot == 0, part[:, 0, :, None], part[:, 1, :, None])

    x = of(where.x) + radius * of(where.size) * angle.cos()
    y = of(where.y) + radius * of(where.size) * angle.sin()
    near = torch.stack([x, y], -1)
    is_near = torch.arange(POINTS) >= POINTS // 4
    return torch.where(is_near[:, None], near, anywhere)


def covered(decoder: Any, tokens: Tensor, paths: Paths, points: Tensor, soft: Tensor) -> Tensor:
    """How much of each point each shape covers: B × K × T × P. A little of the slope is left outside 0 to 1."""
    x = points[:, None, ..., 0] - paths.x[..., None]
    y = points[:, None, ..., 1] - paths.y[..., None]
    cos, sin, size = paths.cos[..., None], paths.sin[..., None], paths.size[..., None]
    local = torch.stack([(x * cos + y * sin) / size, (y * cos - x * sin) / size], -1)
    distance = decoder.field(tokens[:, FIRST_SHAPE:], local.flatten(2, 3)).view_as(x) * size
    inside = 0.5 - distance / soft[:, None]
    kept = inside.clamp(0, 1)
    return kept + 0.02 * (inside.clamp(-2, 3) - kept)


def painted_at(ground: Tensor, colours: Tensor, presence: Tensor, inside: Tensor) -> Tensor:
    """The pixels, shape over shape: B × T × P × 3."""
    result = ground[:, None, None].expand(*inside.shape[:1], *inside.shape[2:], 3)
    there = presence.sigmoid()
    for slot in range(MOST):
        share = inside[:, slot] * there[:, slot, None, None]
        result = torch.lerp(result, colours[:, slot, None, None].expand_as(result), share[..., None])
    return result


def path_loss(paths: Paths, where: Poses, scenes: Scenes) -> Tensor:
    """Place and size of what is there, and the angle of what has one."""
    place = (paths.x - where.x).square() + (paths.y - where.y).square()
    size = (paths.size.log() - where.size.log()).square()
    angle = (paths.cos - where.angle.cos()).square() + (paths.sin - where.angle.sin()).square()
    seen = (~ROUND[scenes.shape]).float()[..., None]
    there = scenes.present.float()[..., None]
    return ((4 * place + 2 * size + 0.5 * angle * seen) * there).mean()


@torch.no_grad()
def measure_tokens(encoder: SceneEncoder, decoder: SceneAutoencoder) -> None:
    """Notes mean and spread of the ground's and the shapes' tokens in the decoder's configuration."""
    scenes = draw(20_000, torch.Generator().manual_seed(7))
    tokens = encoder(scenes)
    kinds = [tokens[:, GROUND], tokens[:, FIRST_SHAPE:].flatten(0, 1)]
    decoder.register_to_config(
        latents_mean=[kind.mean(0).tolist() for kind in kinds],
        latents_std=[kind.std(0).clamp(min=LEAST_STD).tolist() for kind in kinds],
    )
