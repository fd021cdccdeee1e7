"""The words: a small transformer over the known words of a prompt. Its configuration holds the vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from generation.demo_model.vocabulary import LONGEST, NEVER_SAID, words_of

PAD, START = 0, 1  # numbers of tokens; the first word of the vocabulary is 2


class SceneTextEncoder(ModelMixin, ConfigMixin):
    """Word by word; a prompt without a known word is the start alone, which is what "no prompt" means here."""

    @register_to_config
    def __init__(
        self,
        words: Sequence[str] = (),
        width: int = 128,
        heads: int = 4,
        layers: int = 3,
        longest: int = LONGEST,
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(words) + 2, width)
        self.places = nn.Parameter(torch.randn(longest + 1, width) * 0.1)
        self.blocks = nn.ModuleList(TextBlock(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        nn.init.normal_(self.embedding.weight, std=0.3)
        numbered = enumerate(words, start=START + 1)
        self._numbers = {word: number for number, word in numbered if word not in NEVER_SAID}

    def tokenise(self, prompts: Sequence[str]) -> Tensor:
        """B × the longest prompt's known words and the start before them, filled with PAD."""
        longest: int = self.config.longest
        known = [[self._numbers[word] for word in words_of(text) if word in self._numbers] for text in prompts]
        rows = [torch.tensor([START, *numbers[:longest]]) for numbers in known]
        return nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """The words in their context (B × words × width), and which of them are there (B × words)."""
        there = tokens != PAD
        hidden = self.embedding(tokens) + self.places[: tokens.shape[1]]
        for block in self.blocks:
            hidden = block(hidden, there[:, None, None])
        return self.norm(hidden), there


class TextBlock(nn.Module):
    """Attention and a hidden layer, each after a norm."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.inward, self.outward = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.hidden = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        query, key, value = self.inward(self.norm_1(hidden)).chunk(3, -1)
        hidden = hidden + self.outward(attend(query, key, value, heads=self.heads, mask=mask))
        return hidden + self.hidden(self.norm_2(hidden))


def attend(query: Tensor, key: Tensor, value: Tensor, *, heads: int, mask: Any = None) -> Tensor:
    """Scaled attention with `heads` heads; B × tokens × width each. With so few tokens, plainly is quickest."""
    asked, told, said = (part.unflatten(-1, (heads, -1)).transpose(1, 2) for part in (query, key, value))
    scores = (asked @ told.transpose(-1, -2)).float() * asked.shape[-1] ** -0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return (scores.softmax(-1).to(said.dtype) @ said).transpose(1, 2).flatten(2)
