"""The decoder of the demo model: from a clip's three tokens to functions of time and place, and from these to pixels.

A clip's latent is the ground's token and two shapes' tokens. Of a shape's token, small networks say where it is at any
time, how far any point is from its outline, its colour, and whether it is there at all. Nothing in it has a number of
pixels or frames, so one latent can be painted at any size, aspect and length, with crisp edges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn
from torch.nn import functional

GROUND, FIRST_SHAPE = 0, 1  # places of the tokens
TOKENS = 3
BEATS = (0.5, 1.0, 2.0, 4.0)  # of time's sines, a clip
SWINGS = 4  # sines of time whose beat and phase a token chooses itself: bouncing and spinning
LOBES = 6  # of the angle's sines round a shape
USUAL_SIZE = -1.05  # logarithm of a usual radius, in half the canvas's short side


@dataclass(slots=True)
class Paths:
    """Where shapes are: each has the shape of the tokens before it and then one number for each time."""

    x: Tensor
    y: Tensor
    size: Tensor
    cos: Tensor
    sin: Tensor


def layers(*widths: int) -> nn.Sequential:
    """Linear layers of these widths with SiLU between them."""
    parts: list[nn.Module] = []
    for place, (wide, narrow) in enumerate(pairwise(widths)):
        parts += [nn.SiLU()] if place else []
        parts.append(nn.Linear(wide, narrow))
    return nn.Sequential(*parts)


class SceneAutoencoder(ModelMixin, ConfigMixin):
    """Its encoder reads scene annotations, not pixels, and is of no use here: it stays with the training."""

    @register_to_config
    def __init__(
        self,
        latent_channels: int = 24,
        path_width: int = 128,
        field_width: int = 64,
        latents_mean: Sequence[Sequence[float]] = (),  # of the ground's token and of a shape's
        latents_std: Sequence[Sequence[float]] = (),
    ) -> None:
        super().__init__()
        times, points = 1 + 2 * len(BEATS), 3 + 2 * LOBES
        self.path_token = nn.Linear(latent_channels, path_width)
        self.path_time = nn.Linear(times, path_width, bias=False)
        self.path_swings = layers(latent_channels, path_width, 3 * SWINGS)
        self.path_swung = nn.Linear(4 * SWINGS, path_width, bias=False)
        self.path_rest = layers(path_width, path_width, path_width, 5)
        self.field_token = layers(latent_channels, field_width, field_width)
        self.field_point = nn.Linear(points, field_width, bias=False)
        self.field_rest = layers(field_width, field_width, field_width, 1)
        self.colour = layers(latent_channels, 64, 3)
        self.ground_colour = layers(latent_channels, 64, 3)
        self.presence = layers(latent_channels, 64, 1)

    def paths(self, tokens: Tensor, times: Tensor) -> Paths:
        """`tokens`: … × channels; `times`: broadcast to … × T, from 0 to 1."""
        turns = 2 * math.pi * times[..., None] * times.new_tensor(BEATS)
        told = torch.cat([times[..., None] * 2 - 1, turns.sin(), turns.cos()], -1)
        hidden = self.path_token(tokens)[..., None, :] + self.path_time(told)
        hidden = functional.silu(hidden + self.path_swung(self._swings(tokens, times)))
        x, y, size, cos, sin = self.path_rest(hidden).float().unbind(-1)
        length = torch.hypot(cos, sin).clamp(min=1e-4)
        return Paths(x, y, (size + USUAL_SIZE).exp(), cos / length, sin / length)

    def _swings(self, tokens: Tensor, times: Tensor) -> Tensor:
        """Sines of a beat about 2 a clip and their squares, as turning complex numbers: a phase has no seam then."""
        faster, real, imaginary = self.path_swings(tokens)[..., None, :].chunk(3, -1)
        turned = torch.exp(2j * math.pi * (2 + faster) * times[..., None]) * torch.complex(real, imaginary)
        twice = turned.square()
        return torch.cat([turned.real, turned.imag, twice.real, twice.imag], -1)

    def field(self, tokens: Tensor, points: Tensor) -> Tensor:
        """How far points (… × P × 2, in the shape's own radius and angle) are from the outline; below 0 is inside."""
        radius = points.norm(dim=-1, keepdim=True)
        angle = torch.atan2(points[..., 1:], points[..., :1]) * torch.arange(1, LOBES + 1).to(points)
        near = radius.clamp(max=1)  # towards the middle an angle says less and less
        told = torch.cat([points, radius, angle.sin() * near, angle.cos() * near], -1)
        hidden = functional.silu(self.field_token(tokens)[..., None, :] + self.field_point(told))
        distance: Tensor = radius[..., 0] - 1 + self.field_rest(hidden).float()[..., 0]
        return distance

    def colours(self, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of B × 3 tokens: the ground's colour (B × 3), the shapes' (B × 2 × 3), and whether they are there (logit)."""
        shapes = tokens[:, FIRST_SHAPE:]
        return (
            self.ground_colour(tokens[:, GROUND]).float().sigmoid(),
            self.colour(shapes).float().sigmoid(),
            self.presence(shapes).float()[..., 0],
        )

    def whitened(self, tokens: Tensor) -> Tensor:
        """From the autoencoder's scale to the denoiser's."""
        mean, std = self._scale(tokens)
        return (tokens - mean) / std

    def coloured(self, latents: Tensor) -> Tensor:
        """From the denoiser's scale to the autoencoder's."""
        mean, std = self._scale(latents)
        return latents * std + mean

    def _scale(self, like: Tensor) -> tuple[Tensor, Tensor]:
        config: Any = self.config
        rows = [GROUND, *[FIRST_SHAPE] * (TOKENS - 1)]
        mean, std = (like.new_tensor(values)[rows] for values in (config.latents_mean, config.latents_std))
        return mean, std
