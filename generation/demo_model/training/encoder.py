"""From a scene's annotations to its three tokens. A pixel encoder would have to find positions by convolutions, slowly;

what the renderer knows anyway is exact. The price is said in the model card: the latent space was learned from
annotations.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from generation.demo_model.autoencoder import layers
from generation.demo_model.scenes import PALETTE, Scenes
from generation.demo_model.vocabulary import COLOURS, MOTIONS, SHAPES

BOUND = 2.0
NOISE = 0.1
ROUND = torch.tensor([shape in {"circle", "ring"} for shape in SHAPES])


class SceneEncoder(nn.Module):
    """Two small networks, for the ground and for a shape."""

    def __init__(self, channels: int = 24) -> None:
        super().__init__()
        self.ground = layers(len(COLOURS) + 3, 64, channels)
        numbers = len(SHAPES) + len(COLOURS) + 3 + len(MOTIONS) + 2 + 2 + 2 + 2 + 1 + 4
        self.shape = layers(numbers + 1, 192, 192, channels)

    def forward(self, scenes: Scenes) -> Tensor:
        """B × 3 × channels, within BOUND."""
        ground = self.ground(_colour(scenes.ground))
        shapes = self.shape(told(scenes))
        tokens = torch.cat([ground[:, None], shapes], 1)
        return BOUND * torch.tanh(tokens / BOUND)


def told(scenes: Scenes) -> Tensor:
    """Everything that can be seen of each shape, as numbers about -1 to 1; nothing of what is not there."""
    seen_angle = (~ROUND[scenes.shape]).float()
    height, often, phase = scenes.bounce.unbind(-1)
    bounces = (height > 0).float()
    turned = 2 * math.pi * phase
    beats = torch.stack([6 * (height - 0.85), 2.5 * (often - 2), turned.sin(), turned.cos()], -1) * bounces[..., None]
    numbers = torch.cat(
        [
            functional.one_hot(scenes.shape, len(SHAPES)).float(),
            _colour(scenes.colour),
            functional.one_hot(scenes.motion, len(MOTIONS)).float(),
            scenes.start + scenes.travel / 2,
            scenes.travel,
            torch.stack([3 * (scenes.size.log() + scenes.growth / 2 + 1.05), scenes.growth], -1),
            torch.stack([(3 * scenes.angle).sin(), (3 * scenes.angle).cos()], -1) * seen_angle[..., None],
            (scenes.turn * seen_angle / 4)[..., None],
            beats,
        ],
        -1,
    )
    there = scenes.present[..., None].float()
    return torch.cat([numbers * there, there], -1)


def _colour(number: Tensor) -> Tensor:
    return torch.cat([functional.one_hot(number, len(COLOURS)).float(), PALETTE[number] * 2 - 1], -1)
