"""What a checkpoint depends on, in few letters: code and plan of its stage, and the weights that it builds on."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path
from typing import Any

from torch import nn

MODEL = Path(__file__).resolve().parents[1]
SCENES = ("vocabulary", "scenes", "autoencoder", "training/encoder", "training/run", "training/first")
WORDS = (*SCENES, "captions", "text_encoder", "transformer", "training/second")
CODE = {
    "autoencoder": SCENES,
    "denoiser": WORDS,
    "turbo": (*WORDS, "pipeline", "training/third"),
}


def of_recipe(plan: Any) -> str:
    """Of a stage's plan and of the code that decides what it learns. Comments and line breaks do not matter."""
    total = hashlib.sha256(repr(plan).encode())
    for module in CODE[plan.name]:
        source = (MODEL / f"{module}.py").read_text(encoding="utf-8")
        total.update(ast.dump(ast.parse(source)).encode())
    return total.hexdigest()


def of_weights(*models: nn.Module) -> str:
    """Of trained models, to the last bit."""
    total = hashlib.sha256()
    for model in models:
        for name, value in sorted(model.state_dict().items()):
            total.update(name.encode())
            total.update(value.detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()
