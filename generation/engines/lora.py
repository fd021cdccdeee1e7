"""LoRA weights, added to a transformer's own for good: a merged layer is as quick as the plain one.

diffusers' way needs another library and keeps both apart, which costs time in each step and stands in the way of
compiling; an entry's weights never change once it is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

PREFIXES = ("transformer.", "diffusion_model.")


class LoraMismatch(Exception):
    """The file does not fit the model."""


@torch.no_grad()
def merge(transformer: torch.nn.Module, state: Mapping[str, torch.Tensor], scale: float) -> None:
    """Adds scale × B·A to each layer that the file names, in float32; raises LoraMismatch before anything changed."""
    layers = _by_layer(state)
    modules = dict(transformer.named_modules())
    for name, parts in layers.items():
        _check(name, parts, modules.get(name))
    for name, parts in layers.items():
        weight: Any = modules[name].weight
        down, up = (parts[key].to(weight.device, torch.float32) for key in ("lora_A.weight", "lora_B.weight"))
        # By convention a file may ask for another strength than its rank's.
        strength = scale * float(parts["alpha"]) / down.shape[0] if "alpha" in parts else scale
        delta = (up.flatten(1) @ down.flatten(1)).reshape(weight.shape)
        weight.copy_((weight.float() + strength * delta).to(weight.dtype))
        if "lora_B.bias" in parts:
            bias: Any = modules[name].bias
            bias.copy_((bias.float() + scale * parts["lora_B.bias"].to(bias.device, torch.float32)).to(bias.dtype))


def _by_layer(state: Mapping[str, torch.Tensor]) -> dict[str, dict[str, torch.Tensor]]:
    layers: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in state.items():
        name = key
        for prefix in PREFIXES:
            name = name.removeprefix(prefix)
        for ending in ("lora_A.weight", "lora_B.weight", "lora_B.bias", "alpha"):
            if name.endswith(f".{ending}"):
                layers.setdefault(name.removesuffix(f".{ending}"), {})[ending] = tensor
                break
        else:
            raise LoraMismatch(f"it holds {key}, which is no part of a LoRA")
    if not layers:
        raise LoraMismatch("it holds nothing")
    return layers


def _check(name: str, parts: Mapping[str, torch.Tensor], module: Any) -> None:
    weight = getattr(module, "weight", None)
    if weight is None:
        raise LoraMismatch(f"the model has no layer {name}")
    if not {"lora_A.weight", "lora_B.weight"} <= parts.keys():
        raise LoraMismatch(f"half of its {name} is missing")
    if "lora_B.bias" in parts and module.bias is None:
        raise LoraMismatch(f"the model's {name} has no bias")
    down, up = parts["lora_A.weight"], parts["lora_B.weight"]
    if up.shape[0] * down.flatten(1).shape[1] != weight.numel() or up.flatten(1).shape[1] != down.shape[0]:
        raise LoraMismatch(f"its {name} has another shape than the model's")
