"""What the catalogue says of one model: to artists, to the queue and to an engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import ImproperlyConfigured

LOCAL_REVISION = "local"  # whatever was built here
LOCKED_REVISION = "locked"  # what models.lock.toml in MODELS_DIR says, which `manage.py models pull` wrote
MODES = ("text", "image")
POOLS = ("standard", "turbo")


class CatalogueError(ImproperlyConfigured):
    """The catalogue's file is wrong; the sentence names the entry and the key."""


@dataclass(frozen=True, slots=True)
class StepCache:
    """A way to skip work in steps that resemble the one before; `settings` are those of diffusers' own class."""

    kind: str  # a key of generation.catalogue.options.STEP_CACHES
    settings: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Lora:
    """Weights that are added to a transformer's when it is loaded."""

    file: str  # safetensors, in the checkpoint's folder or in the repository named here
    component: str = "transformer"  # or "transformer_2"
    scale: float = 1.0
    repository: str = ""  # on the Hub, if it is not the entry's own
    revision: str = ""  # of that repository: hex digits or "locked"

    @property
    def folder(self) -> str:
        """Where a repository of its own lies under MODELS_DIR; "" for the entry's checkpoint."""
        return f"loras/{self.repository.replace('/', '--')}" if self.repository else ""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How the engine runs the model. What is left out stays as the checkpoint has it."""

    scheduler: str = ""  # a class of diffusers, made from the checkpoint's own scheduler settings
    flow_shift: float | None = None  # moves flow-matching schedules towards noise (more) or detail (less)
    dynamic_shift: bool = False  # the schedule's shift follows the size
    shift_terminal: float | None = None  # the noise level at which the last step begins
    sigmas: tuple[float, ...] = ()  # a fixed schedule, as distilled weights need it; one a step
    renoise: bool = False  # at each of these sigmas with fresh noise, as some distilled weights (DMD) need it
    refine_sigmas: tuple[float, ...] = ()  # the second stage's, after upsampling
    guidance_2: float | None = None  # of the second transformer, where there are two
    negative_prompt: str = ""
    transformer: str = ""  # folder of the transformer in the checkpoint, if not `transformer`
    refine_transformer: str = ""  # folder of the second stage's transformer, if it is another one
    upsampler: str = ""  # folder of the latent upsampler in the checkpoint: rendered at half the size, then doubled
    step_cache: StepCache | None = None
    compile: bool = False  # the repeated blocks of the transformer, when first used
    quantization: str = ""  # of the transformer's weights, by torchao
    offload: str = ""  # "model" or "group": parts wait in main memory until their turn
    vae_tiling: bool = False
    attention_backend: str = ""  # as diffusers names them
    loras: tuple[Lora, ...] = ()


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One model as an artist may ask for it, and as an engine runs it."""

    key: str
    name: str
    description: str
    notice: str  # shown wherever the model is chosen and with what it made; may be empty
    engine: str  # "module:Class"
    checkpoint: str  # folder under MODELS_DIR
    revision: str  # hex digest, "local" or "locked"
    sizes: tuple[str, ...]  # "WIDTHxHEIGHT" in pixels, as delivered
    seconds: tuple[int, ...]
    fps: int  # the default of `frame_rates`
    steps: int
    guidance: float
    cost_factor: Decimal
    native_long_side: int  # pixels
    native_multiple: int  # pixels
    frame_multiple: int  # native frames = frame_multiple · k + 1
    repository: str = ""  # on the Hub; "": made here
    licence: str = ""  # of the weights
    forbids: str = ""  # what that licence forbids, for artists to read
    prompt_languages: tuple[str, ...] = ("en",)
    modes: tuple[str, ...] = ("text",)  # of MODES
    frame_rates: tuple[int, ...] = ()  # filled with `fps` when left out
    pool: str = "standard"  # of POOLS
    turbo_of: str = ""  # key of the entry that this is the quicker variant of
    memory_gib: float = 0.0  # nominal size of the device that a worker needs; 0: any
    max_running: int = 0  # at the same time, over all workers; 0: no cap
    sound: bool = False
    av1: bool = False  # a second rendition
    options: EngineOptions = field(default_factory=EngineOptions)
