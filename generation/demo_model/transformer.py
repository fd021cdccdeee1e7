"""The denoiser: a small transformer over a clip's three tokens that looks at the words in every block."""

from __future__ import annotations

import math

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from generation.demo_model.autoencoder import TOKENS
from generation.demo_model.text_encoder import attend

WAVES = 64  # sines of a noise level


class SceneTransformer(ModelMixin, ConfigMixin):
    """Says in which direction the noise lies (rectified flow)."""

    @register_to_config
    def __init__(
        self, latent_channels: int = 24, text_width: int = 128, width: int = 192, heads: int = 4, layers: int = 4
    ) -> None:
        super().__init__()
        self.inward = nn.Linear(latent_channels, width)
        self.places = nn.Parameter(torch.randn(TOKENS, width) * 0.3)
        self.level = nn.Sequential(nn.Linear(2 * WAVES, width), nn.SiLU(), nn.Linear(width, width))
        self.gist = nn.Linear(text_width, width)
        # What a level and the gist of the words do to each block: a common part, and a block's own constants.
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(width, 6 * width))
        self.blocks = nn.ModuleList(SceneBlock(width, heads, text_width) for _ in range(layers))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.last = nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * width))
        self.outward = nn.Linear(width, latent_channels)
        for zero in (self.modulation[1], self.last[1], self.outward):
            nn.init.zeros_(zero.weight)
            nn.init.zeros_(zero.bias)

    def forward(self, latents: Tensor, levels: Tensor, text: Tensor, there: Tensor) -> Tensor:
        """`latents`: B × 3 × channels; `levels`: B, from 0 (clean) to 1 (noise); `text`, `there`: of the encoder.

        Where there are more latents than texts, they go through the texts again and again.
        """
        times = len(latents) // len(text)
        condition = self.level(waves(levels)) + self.gist(text[:, 0]).repeat(times, 1)
        there = there[:, None, None]
        changes = self.modulation(condition).unflatten(-1, (6, -1))
        hidden = self.inward(latents) + self.places
        for block in self.blocks:
            hidden = block(hidden, changes, text, there)
        shift, scale = self.last(condition)[:, None].chunk(2, -1)
        direction: Tensor = self.outward(self.norm(hidden) * (1 + scale) + shift)
        return direction


class SceneBlock(nn.Module):
    """Tokens look at each other, then at the words, then each thinks for itself."""

    def __init__(self, width: int, heads: int, text_width: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.norm_words = nn.LayerNorm(width)
        self.constants = nn.Parameter(torch.tensor([0.0, 0, 1, 0, 0, 1])[:, None].repeat(1, width) * 0.5)
        self.among, self.among_out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.asks, self.words = nn.Linear(width, width), nn.Linear(text_width, 2 * width)
        self.words_out = nn.Linear(width, width)
        self.hidden = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, hidden: Tensor, changes: Tensor, text: Tensor, there: Tensor) -> Tensor:
        shift, scale, gate, shift_2, scale_2, gate_2 = (changes + self.constants)[:, :, None].unbind(1)
        query, key, value = self.among(self.norm(hidden) * (1 + scale) + shift).chunk(3, -1)
        hidden = hidden + gate * self.among_out(attend(query, key, value, heads=self.heads))
        # All noisy clips of one prompt ask together, so that its words are read once.
        asked = self.asks(self.norm_words(hidden)).unflatten(0, (-1, len(text))).transpose(0, 1)
        key, value = self.words(text).chunk(2, -1)
        seen = attend(asked.flatten(1, 2), key, value, heads=self.heads, mask=there)
        hidden = hidden + self.words_out(seen.view_as(asked).transpose(0, 1).reshape_as(hidden))
        thought: Tensor = self.hidden(self.norm(hidden) * (1 + scale_2) + shift_2)
        return hidden + gate_2 * thought


def waves(levels: Tensor) -> Tensor:
    """A noise level as sines of many frequencies."""
    often = torch.exp(torch.linspace(0, math.log(1000), WAVES, device=levels.device)) * math.pi / 2
    turns = levels.float()[:, None] * often
    return torch.cat([turns.sin(), turns.cos()], -1)
