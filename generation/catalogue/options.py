"""The table [key.options]: what an engine may be told, and which values it can take.

Nothing here knows torch, so what only a machine can tell (an attention backend that is not installed, say) is found
when the worker loads the model.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from generation.catalogue.entry import LOCKED_REVISION, EngineOptions, Lora, StepCache
from generation.catalogue.readers import (
    FOLDER,
    Reader,
    fraction,
    number,
    one_of,
    pattern,
    shown,
    text_or_nothing,
    truth,
    whole,
)

QUANTIZATIONS = ("int8-weight-only", "float8-weight-only", "float8-dynamic")
OFFLOADS = ("model", "group")


class BadOption(ValueError):
    """The sentence's end: which option is wrong, and what it must be."""


def _ratios(raw: object) -> tuple[float, ...]:
    if not isinstance(raw, list) or not raw:
        raise ValueError("a list of numbers from 0 to 10, at least one")
    read = fraction("0", "10")
    return tuple(read(item) for item in raw)


def _sigmas(raw: object) -> tuple[float, ...]:
    """Noise levels, from much to little."""
    if not isinstance(raw, list) or not raw:
        raise ValueError("a list of falling numbers above 0 and up to 1")
    levels = [number("0", "1")(item) for item in raw]
    if min(levels) == 0 or any(second >= first for first, second in pairwise(levels)):
        raise ValueError("a list of falling numbers above 0 and up to 1")
    return tuple(float(level) for level in levels)


def _range(raw: object) -> tuple[int, int]:
    read = whole(-1, 1000)
    if not isinstance(raw, list) or len(raw) != 2:
        raise ValueError("two whole numbers from -1 to 1000")
    return read(raw[0]), read(raw[1])


# Settings of each step cache, as diffusers' own configuration classes name them.
_BLOCK_RANGE = {
    "spatial_attention_block_skip_range": whole(1, 100),
    "temporal_attention_block_skip_range": whole(1, 100),
    "cross_attention_block_skip_range": whole(1, 100),
    "spatial_attention_timestep_skip_range": _range,
    "temporal_attention_timestep_skip_range": _range,
    "cross_attention_timestep_skip_range": _range,
}
STEP_CACHES: Mapping[str, Mapping[str, Reader]] = {
    "first-block": {"threshold": fraction("0", "1000000")},
    "mag": {
        "threshold": fraction("0", "1000000"),
        "max_skip_steps": whole(1, 100),
        "retention_ratio": fraction("0", "1"),
        "num_inference_steps": whole(1, 200),
        "mag_ratios": _ratios,
    },
    "taylorseer": {
        "cache_interval": whole(1, 100),
        "disable_cache_before_step": whole(0, 200),
        "disable_cache_after_step": whole(0, 200),
        "max_order": whole(0, 4),
        "use_lite_mode": truth,
    },
    "faster": {
        **_BLOCK_RANGE,
        "attention_weight": fraction("0", "1"),
        "unconditional_batch_skip_range": whole(1, 100),
        "unconditional_batch_timestep_skip_range": _range,
        "is_guidance_distilled": truth,
    },
    "pyramid": _BLOCK_RANGE,
}
NEEDED_SETTINGS = {"mag": ("mag_ratios",), "pyramid": ("spatial_attention_block_skip_range",)}


def _step_cache(raw: object) -> StepCache:
    if not isinstance(raw, dict) or raw.get("kind") not in STEP_CACHES:
        raise ValueError(f"a table whose kind is one of {', '.join(STEP_CACHES)}")
    readers = STEP_CACHES[raw["kind"]]
    for name in sorted(raw.keys() - {"kind"} - readers.keys()):
        raise ValueError(f"without the unknown setting {name!r}; {raw['kind']} has {', '.join(sorted(readers))}")
    for name in NEEDED_SETTINGS.get(raw["kind"], ()):
        if name not in raw:
            raise ValueError(f"with a {name}, which {raw['kind']} cannot do without")
    return StepCache(raw["kind"], tuple((name, readers[name](raw[name])) for name in sorted(raw) if name != "kind"))


LORA_READERS: Mapping[str, Reader] = {
    "file": pattern(
        FOLDER + r"\.safetensors", "a safetensors file in the checkpoint's folder or the LoRA's repository"
    ),
    "component": one_of(("transformer", "transformer_2")),
    "scale": fraction("-10", "10"),
    "repository": pattern(r"[\w.-]+/[\w.-]+", 'a repository of the Hub, "owner/name"'),
    "revision": pattern(
        rf"[0-9a-f]{{40}}|[0-9a-f]{{64}}|{LOCKED_REVISION}", f'40 or 64 hex digits or "{LOCKED_REVISION}"'
    ),
}


def _loras(raw: object) -> tuple[Lora, ...]:
    if not isinstance(raw, list) or not all(isinstance(item, dict) and "file" in item for item in raw):
        raise ValueError("a list of tables, each with a file")
    for name in sorted({name for item in raw for name in item} - LORA_READERS.keys()):
        raise ValueError(f"without the unknown key {name!r}; a LoRA has {', '.join(LORA_READERS)}")
    if any(("repository" in item) != ("revision" in item) for item in raw):
        raise ValueError("a list of tables with a revision wherever there is a repository, and nowhere else")
    return tuple(Lora(**{name: LORA_READERS[name](value) for name, value in item.items()}) for item in raw)


OPTION_READERS: Mapping[str, Reader] = {
    "scheduler": pattern(r"[A-Z]\w*Scheduler", "the name of a scheduler class of diffusers"),
    "flow_shift": fraction("0.01", "100"),
    "dynamic_shift": truth,
    "shift_terminal": fraction("0", "1"),
    "sigmas": _sigmas,
    "renoise": truth,
    "refine_sigmas": _sigmas,
    "guidance_2": fraction("0", "30"),
    "negative_prompt": text_or_nothing,
    "transformer": pattern(FOLDER, "a folder in the checkpoint"),
    "refine_transformer": pattern(FOLDER, "a folder in the checkpoint"),
    "upsampler": pattern(FOLDER, "a folder in the checkpoint"),
    "step_cache": _step_cache,
    "compile": truth,
    "quantization": one_of(QUANTIZATIONS),
    "offload": one_of(OFFLOADS),
    "vae_tiling": truth,
    "attention_backend": pattern(r"[a-z0-9_-]{1,60}", "the name of an attention backend of diffusers"),
    "loras": _loras,
}


def read_options(raw: object) -> EngineOptions:
    """The options of an entry; raises ValueError with what the table must be, or BadOption with which option is bad."""
    if not isinstance(raw, dict):
        raise ValueError("a table")
    for name in sorted(raw.keys() - OPTION_READERS.keys()):
        raise BadOption(f"has the unknown option {name!r}")
    values: dict[str, Any] = {}
    for name, value in raw.items():
        try:
            values[name] = OPTION_READERS[name](value)
        except ValueError as error:
            raise BadOption(f": options.{name} is {_brief(value)}; it must be {error}") from error
    return EngineOptions(**values)


def _brief(raw: object) -> str:
    """A value in TOML's own manner as far as it can be said shortly; parsed numbers are Decimals inside tables."""
    if isinstance(raw, list):
        return f"[{', '.join(_brief(item) for item in raw)}]"
    if isinstance(raw, dict):
        return f"{{{', '.join(f'{name} = {_brief(value)}' for name, value in raw.items())}}}"
    return shown(raw)
