"""An entry's options, put into effect on a pipeline. What cannot be done is a CatalogueError that says why."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import diffusers
import torch

from generation.catalogue import CatalogueEntry, CatalogueError, EngineOptions, Lora, StepCache
from generation.engines.lora import LoraMismatch, merge
from generation.engines.schedule import FixedFlowSchedule

CACHE_CLASSES = {
    "first-block": "FirstBlockCacheConfig",
    "mag": "MagCacheConfig",
    "taylorseer": "TaylorSeerCacheConfig",
    "faster": "FasterCacheConfig",
    "pyramid": "PyramidAttentionBroadcastConfig",
}
FAMILY_OPTIONS = ("guidance_2", "upsampler", "refine_sigmas", "refine_transformer")
QUANTIZERS = {
    "int8-weight-only": "Int8WeightOnlyConfig",
    "float8-weight-only": "Float8WeightOnlyConfig",
    "float8-dynamic": "Float8DynamicActivationFloat8WeightConfig",
}


def refusal(entry: CatalogueEntry, option: str, why: str) -> CatalogueError:
    return CatalogueError(f"The catalogue's entry {entry.key!r}: options.{option}: {why}.")


def check_own_options(entry: CatalogueEntry, own: frozenset[str]) -> None:
    """Refuses what only another family could do."""
    given = described(entry.options)
    for option in FAMILY_OPTIONS:
        if option in given and option not in own:
            raise refusal(entry, option, f"{entry.engine} has no use for it")


@contextmanager
def _refused(entry: CatalogueEntry, option: str, *kinds: type[Exception]) -> Iterator[None]:
    """Errors of these kinds, as diffusers raises them for what it cannot do, in our own words."""
    try:
        yield
    except kinds as error:
        raise refusal(entry, option, str(error).strip().rstrip(".") or type(error).__name__) from error


def transformers_of(pipeline: Any) -> list[Any]:
    """The pipeline's one or two transformers."""
    parts = (getattr(pipeline, name, None) for name in ("transformer", "transformer_2"))
    return [part for part in parts if part is not None]


def load_transformer(entry: CatalogueEntry, option: str, folder: Path, dtype: torch.dtype) -> Any:
    """The transformer from the folder that this option names."""
    place = folder / getattr(entry.options, option)
    with _refused(entry, option, OSError, KeyError, AttributeError, ValueError):
        name = json.loads((place / "config.json").read_text())["_class_name"]
        # As diffusers does it: the index says in which module the class is, and it need not be diffusers' own.
        library = json.loads((folder / "model_index.json").read_text())["transformer"][0]
        return getattr(importlib.import_module(library), name).from_pretrained(
            place, local_files_only=True, use_safetensors=True, torch_dtype=dtype
        )


def set_schedule(pipeline: Any, entry: CatalogueEntry) -> None:
    """Which scheduler walks through which noise levels."""
    options = entry.options
    scheduler = pipeline.scheduler
    changes: dict[str, Any] = {}
    wanted = type(scheduler)
    if options.scheduler:
        with _refused(entry, "scheduler", AttributeError, RuntimeError):
            wanted = getattr(diffusers, options.scheduler)
    known = inspect.signature(wanted.__init__).parameters
    for option, names, value in (
        ("flow_shift", ("flow_shift", "shift"), options.flow_shift),  # some call it so, some so
        ("dynamic_shift", ("use_dynamic_shifting",), options.dynamic_shift or None),
        ("shift_terminal", ("shift_terminal",), options.shift_terminal),
    ):
        if value is not None:
            name = next((name for name in names if name in known), None)
            if name is None:
                raise refusal(entry, option, f"{wanted.__name__} has no {names[-1]}")
            changes[name] = value
    if wanted is not type(scheduler) or changes:
        with _refused(entry, "scheduler", ValueError, TypeError, NotImplementedError):
            scheduler = wanted.from_config(scheduler.config, **changes)
    if options.sigmas:
        with _refused(entry, "sigmas", ValueError):
            scheduler = FixedFlowSchedule.of(scheduler, options.sigmas, renoise=options.renoise)
    if scheduler is not pipeline.scheduler:
        pipeline.register_modules(scheduler=scheduler)


def add_loras(pipeline: Any, entry: CatalogueEntry, folder: Path, models_dir: Path) -> None:
    """Each from the checkpoint's folder, or from that of its own repository."""
    for lora in entry.options.loras:
        _add_lora(pipeline, entry, models_dir / lora.folder if lora.repository else folder, lora)


def _add_lora(pipeline: Any, entry: CatalogueEntry, folder: Path, lora: Lora) -> None:
    transformer = getattr(pipeline, lora.component, None)
    if transformer is None:
        raise refusal(entry, "loras", f"{type(pipeline).__name__} has no {lora.component} here")
    if not hasattr(pipeline, "lora_state_dict"):
        raise refusal(entry, "loras", f"{type(pipeline).__name__} takes none")
    if not (folder / lora.file).is_file():
        raise refusal(entry, "loras", f"{lora.file} is not in {folder}")
    with _refused(entry, "loras", LoraMismatch, ValueError, OSError, KeyError):
        # diffusers knows the many ways in which trainers name the same layers.
        found = pipeline.lora_state_dict(folder, weight_name=lora.file, local_files_only=True, use_safetensors=True)
        try:
            merge(transformer, found[0] if isinstance(found, tuple) else found, lora.scale)
        except LoraMismatch as error:
            raise LoraMismatch(f"{lora.file} does not fit: {error}") from error


def quantize(pipeline: Any, entry: CatalogueEntry) -> None:
    """The transformers' weights with fewer bits."""
    wanted = entry.options.quantization
    if not wanted:
        return
    if importlib.util.find_spec("torchao") is None:
        raise refusal(entry, "quantization", f"{wanted} needs torchao: install the extra `quantization`")
    quantization = importlib.import_module("torchao.quantization")
    with _refused(entry, "quantization", AttributeError, ValueError, RuntimeError, AssertionError):
        for transformer in transformers_of(pipeline):
            quantization.quantize_(transformer, getattr(quantization, QUANTIZERS[wanted])())


def place(pipeline: Any, entry: CatalogueEntry, device: torch.device) -> None:
    """Onto the device at once, or in turns."""
    if entry.options.offload == "group":
        offload_by_group(pipeline, device)
    elif entry.options.offload == "model":
        with _refused(entry, "offload", RuntimeError, ValueError):
            pipeline.enable_model_cpu_offload(device=device)
    else:
        pipeline.to(device)


def offload_by_group(pipeline: Any, device: torch.device) -> None:
    """Layers come to the device just before their turn. Not the VAE's: it is small, and was measured 6 times slower."""
    pipeline.remove_all_hooks()  # where whole parts took turns until now: the two ways exclude each other
    stays = [name for name in ("vae", "audio_vae", "vocoder") if getattr(pipeline, name, None) is not None]
    pipeline.enable_group_offload(**_groups(device), exclude_modules=stays)
    for name in stays:
        getattr(pipeline, name).to(device)


def place_alone(model: Any, entry: CatalogueEntry, device: torch.device) -> None:
    """A model beside the pipeline's own."""
    if entry.options.offload:
        model.enable_group_offload(**_groups(device))
    else:
        model.to(device)


def _groups(device: torch.device) -> dict[str, Any]:
    return {
        "onload_device": device,
        "offload_device": torch.device("cpu"),
        "offload_type": "leaf_level",
        "use_stream": device.type == "cuda",
    }


def tile_vae(pipeline: Any, entry: CatalogueEntry) -> None:
    if not entry.options.vae_tiling:
        return
    if not hasattr(pipeline.vae, "enable_tiling"):
        raise refusal(entry, "vae_tiling", f"{type(pipeline.vae).__name__} cannot")
    pipeline.vae.enable_tiling()


def set_attention(pipeline: Any, entry: CatalogueEntry) -> None:
    if not entry.options.attention_backend:
        return
    with _refused(entry, "attention_backend", ValueError, RuntimeError, ImportError, AttributeError):
        for transformer in transformers_of(pipeline):
            transformer.set_attention_backend(entry.options.attention_backend)


def cache_steps(
    pipeline: Any, entry: CatalogueEntry, supported: Mapping[str, Mapping[str, Any]], timestep: Callable[[], Any]
) -> None:
    """Skips work in steps that resemble the one before.

    `supported` holds the kinds that work with this family, each with what its configuration needs besides; `timestep`
    tells which step the running pipeline is at.
    """
    cache = entry.options.step_cache
    if cache is None:
        return
    if cache.kind not in supported:
        offered = ", ".join(sorted(supported)) or "none"
        raise refusal(entry, "step_cache", f"{type(pipeline).__name__} works with {offered}, not with {cache.kind}")
    for transformer in transformers_of(pipeline):
        with _refused(entry, "step_cache", ValueError, TypeError):
            config = _cache_config(cache, entry, timestep, transformer.dtype)
            transformer.enable_cache(config(**supported[cache.kind]))


def _cache_config(
    cache: StepCache, entry: CatalogueEntry, timestep: Callable[[], Any], dtype: torch.dtype
) -> Callable[..., Any]:
    settings: dict[str, Any] = {name: list(value) if name == "mag_ratios" else value for name, value in cache.settings}
    if cache.kind == "mag":
        settings.setdefault("num_inference_steps", entry.steps)
    if cache.kind == "taylorseer":
        settings["taylor_factors_dtype"] = dtype  # the default is bfloat16, whatever the model's own
    if cache.kind in {"faster", "pyramid"}:
        settings["current_timestep_callback"] = timestep
    if "attention_weight" in settings:
        weight = settings.pop("attention_weight")
        settings["attention_weight_callback"] = lambda _module: weight
    return partial(getattr(diffusers, CACHE_CLASSES[cache.kind]), **settings)


def compile_blocks(pipeline: Any, entry: CatalogueEntry) -> None:
    """One block of each kind, and all that repeat it: far quicker to compile than the whole."""
    if not entry.options.compile:
        return
    for transformer in transformers_of(pipeline):
        with _refused(entry, "compile", ValueError):
            transformer.compile_repeated_blocks()


def described(options: EngineOptions) -> dict[str, Any]:
    """The options that are not left as the checkpoint has them, as JSON can hold them."""
    return {
        item.name: _plain(getattr(options, item.name))
        for item in fields(options)
        if getattr(options, item.name) != item.default
    }


def _plain(value: Any) -> Any:
    if isinstance(value, StepCache):
        return {"kind": value.kind} | {name: _plain(setting) for name, setting in value.settings}
    if isinstance(value, Lora):
        place = f"{value.repository}/" if value.repository else ""
        return f"{place}{value.file} × {value.scale:g} on {value.component}"
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
