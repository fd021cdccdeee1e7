"""What every family of diffusers pipelines has in common: loading, seeding, steps, stopping, timing, frames.

A family (wan.py, ltx.py, …) says which pipelines it is, how its text is encoded and how its latents become pictures.
"""

from __future__ import annotations

import inspect
import logging
import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import diffusers
import torch
import transformers
from PIL import Image, ImageOps

from generation.catalogue import CatalogueEntry, CatalogueError
from generation.engines import decoding, tuning
from generation.engines.base import EngineRequest, Frame, OnStep, Rendered, Sound
from generation.engines.checkpoint import locate, lora_revisions
from generation.engines.measuring import (
    memory_errors,
    peak_mib,
    release,
    resident_mib,
    start_peak,
    timed,
)
from generation.engines.native import Native, native
from generation.engines.schedule import FixedFlowSchedule

diffusers.utils.logging.disable_progress_bar()
transformers.utils.logging.disable_progress_bar()


@dataclass(frozen=True, slots=True)
class Encoded:
    """A prompt as keyword arguments of the pipeline's call, and the seconds that it took."""

    text: dict[str, Any]
    seconds: float


class DiffusersEngine(ABC):
    """A diffusers pipeline behind the Engine protocol: CUDA with bfloat16 where there is one, else the CPU."""

    pipeline_class: ClassVar[Any]
    image_class: ClassVar[Any] = None  # of the same family, from an image; it shares every component
    # Those that were seen to work with this family, each with what its configuration needs besides an entry's settings.
    step_caches: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    multiple: ClassVar[int]  # both native sides are multiples of this, in pixels
    frame_multiple: ClassVar[int]  # native frame counts are a multiple of this, plus 1
    own_options: ClassVar[frozenset[str]] = frozenset()  # of tuning.FAMILY_OPTIONS, those that it understands
    vae_dtype: ClassVar[torch.dtype] = torch.bfloat16  # on CUDA

    def __init__(self) -> None:
        self.pipeline: Any = None
        self.image_pipeline: Any = None
        self._running: Any = None  # that of the two which is called now
        self._entry: CatalogueEntry
        self._device = torch.device("cpu")
        self._revision = ""
        self._lora_revisions: dict[str, str] = {}
        self._load_seconds = 0.0
        self._is_frugal = False
        self._takes_turns = False
        self._gate: Any = nullcontext()

    # --- What a family says ---------------------------------------------------------------------------------------

    @abstractmethod
    def encode_text(self, request: EngineRequest) -> dict[str, Any]:
        """The prompt as keyword arguments of the pipeline's call, so that no pipeline sees (or could log) the words."""

    @abstractmethod
    def decode(self, latents: Any) -> Iterator[torch.Tensor]:
        """What `denoise` gave to pieces of 3 × frames × height × width, from -1 to 1."""

    def arguments(self, request: EngineRequest, size: Native) -> dict[str, Any]:
        """Keyword arguments of the pipeline's call besides text, image and seed."""
        return {
            "width": size.width,
            "height": size.height,
            "num_frames": size.frames,
            "num_inference_steps": request.steps,
            "guidance_scale": request.guidance,
        }

    def native_size(self, request: EngineRequest) -> Native:
        return native(self._entry, request)

    def components(self, folder: Path) -> dict[str, Any]:
        """What a family loads in its own way instead of as the checkpoint's index says."""
        return {}

    def prepare(self, folder: Path) -> None:  # noqa: B027  (most families have nothing)
        """What else a family has to load or to check, once the pipeline is there."""

    def denoise(self, request: EngineRequest, size: Native, text: dict[str, Any], on_step: OnStep) -> Any:
        """Runs the pipeline up to its latents, which only `decode` looks at."""
        arguments = self.arguments(request, size) | text | self.image_argument(request, size)
        return self.call(arguments, self.generator(request), on_step)[0]

    def sound(self, latents: Any, request: EngineRequest) -> Sound | None:
        """Called once, before the first frame."""
        return None

    # --- The Engine protocol --------------------------------------------------------------------------------------

    def load(self, entry: CatalogueEntry, models_dir: Path) -> None:
        started = time.perf_counter()
        self._entry = entry
        self._check_rules()
        folder, self._revision = locate(entry, models_dir)
        self._lora_revisions = lora_revisions(entry, models_dir)
        _settle_torch()
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        with memory_errors():
            self._load_pipelines(folder)
            self._tune(folder, models_dir)
            self.prepare(folder)
        for pipeline in self._pipelines():
            pipeline.set_progress_bar_config(disable=True)
        self._load_seconds = time.perf_counter() - started

    def encode(self, request: EngineRequest) -> Encoded:
        started = time.perf_counter()
        with self._gate, torch.no_grad(), memory_errors(), self._without_words():
            text = self.encode_text(request)
        return Encoded(text, time.perf_counter() - started)

    def render(self, request: EngineRequest, on_step: OnStep, encoded: Any = None) -> Rendered:
        size = self.native_size(request)
        # The load is the first render's; later ones find the model warm.
        timings, self._load_seconds = {"load": self._load_seconds}, 0.0
        start_peak()
        try:
            if encoded is None:
                encoded = self.encode(request)
            timings["text"] = encoded.seconds
            with self._gate, torch.no_grad(), memory_errors(), timed(timings, "denoise"):
                latents = self.denoise(request, size, encoded.text, on_step)
        finally:
            # Whatever ended it: hooks and step caches of a stopped run would change the next run's pixels.
            for pipeline in self._pipelines():
                pipeline.maybe_free_model_hooks()
        rendered = Rendered(
            frames=iter(()),
            native_width=size.width,
            native_height=size.height,
            native_frames=size.frames,
            timings=timings,
            settings=self._settings(request, size),
            # Noted now: the counter starts anew when the next one denoises, which may be before our last frame.
            peak_memory_mib=peak_mib(),
        )
        rendered.frames = self._frames(rendered, latents, request)
        return rendered

    def economise(self) -> bool:
        """VAE tiling, and layers that wait in main memory: each as far as it is possible and not on already."""
        if self._is_frugal:
            return False
        self._is_frugal, saved = True, False
        vae, options = self.pipeline.vae, self._entry.options
        if hasattr(vae, "enable_tiling") and not vae.use_tiling:
            vae.enable_tiling()
            saved = True
        # Whole parts that take turns (offload "model") still need room for the largest: then its layers take turns.
        if self._device.type == "cuda" and options.offload != "group" and not options.quantization:
            self._take_turns()
            tuning.offload_by_group(self.pipeline, self._device)
            saved = True
        release()
        return saved

    @property
    def decodes_alongside(self) -> bool:
        """Not where parts come and go, nor where the VAE itself remembers what it decodes (Wan's, when tiled)."""
        vae = self.pipeline.vae
        return not self._takes_turns and not (hasattr(vae, "clear_cache") and vae.use_tiling)

    def memory_mib(self) -> int:
        if self.pipeline is None:
            return 0
        # Whole parts that take turns are gone from the device between renders, and the largest must find room there.
        waiting = self._parts() if self._entry.options.offload == "model" and not self._is_frugal else []
        turn = max((resident_mib([part], "cpu") for part in waiting), default=0)
        return resident_mib(self._parts(), self._device.type) + (turn if self._device.type != "cpu" else 0)

    def host_mib(self) -> int:
        if self.pipeline is None or self._device.type == "cpu":
            return 0
        return resident_mib(self._parts(), "cpu")

    def unload(self) -> None:
        self.pipeline = self.image_pipeline = self._running = None
        release()

    # --- Loading --------------------------------------------------------------------------------------------------

    def _check_rules(self) -> None:
        entry = self._entry
        for name in ("multiple", "frame_multiple"):
            key = "native_multiple" if name == "multiple" else name
            needed, given = self.rule(name), getattr(entry, key)
            if given % needed:
                raise CatalogueError(
                    f"The catalogue's entry {entry.key!r}: {key} is {given}; its engine needs a multiple of {needed}."
                )
        tuning.check_own_options(entry, self.own_options)
        if "image" in entry.modes and self.image_class is None:
            raise CatalogueError(f"The catalogue's entry {entry.key!r}: its engine cannot start from an image.")

    def rule(self, name: str) -> int:
        """`multiple` or `frame_multiple`, for this entry."""
        value: int = getattr(self, name)
        return value

    def precision(self) -> dict[str, torch.dtype]:
        """A VAE in half precision can show banding; it is small beside the transformer."""
        if self._device.type == "cpu":
            return {"default": torch.float32}
        return {"default": torch.bfloat16, "vae": self.vae_dtype}

    def _load_pipelines(self, folder: Path) -> None:
        modes, precision = self._entry.modes, self.precision()
        given = self.components(folder)
        if self._entry.options.transformer:
            given["transformer"] = tuning.load_transformer(self._entry, "transformer", folder, precision["default"])
        first = self.pipeline_class if "text" in modes else self.image_class
        self.pipeline = first.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, dtype=precision, **given
        )
        if modes == ("image",):
            self.image_pipeline = self.pipeline
        elif "image" in modes:
            self.image_pipeline = _sibling(self.image_class, self.pipeline)

    def _tune(self, folder: Path, models_dir: Path) -> None:
        """Order matters: weights first, then how they are stored and where, then what wraps their layers."""
        entry, pipeline = self._entry, self.pipeline
        for each in self._pipelines():
            tuning.set_schedule(each, entry)
        tuning.add_loras(pipeline, entry, folder, models_dir)
        tuning.quantize(pipeline, entry)
        # The other pipeline has the same parts, and hooks are the parts' own.
        tuning.place(pipeline, entry, self._device)
        if entry.options.offload:
            self._take_turns()
        tuning.tile_vae(pipeline, entry)
        tuning.set_attention(pipeline, entry)
        tuning.cache_steps(pipeline, entry, self.step_caches, lambda: self._running.current_timestep)
        tuning.compile_blocks(pipeline, entry)

    def _take_turns(self) -> None:
        """Layers that come to the device and go serve one caller at a time."""
        if not self._takes_turns:
            self._takes_turns, self._gate = True, threading.RLock()

    def _pipelines(self) -> list[Any]:
        both = [self.pipeline]
        if self.image_pipeline is not None and self.image_pipeline is not self.pipeline:
            both.append(self.image_pipeline)
        return both

    def _parts(self) -> list[Any]:
        return list(self.pipeline.components.values())

    # --- Rendering ------------------------------------------------------------------------------------------------

    def generator(self, request: EngineRequest) -> torch.Generator:
        """Noise from the CPU's generator is the same on every device."""
        return torch.Generator("cpu").manual_seed(request.seed)

    def guided(self, request: EngineRequest) -> bool:
        return request.guidance > 1

    def call(self, arguments: dict[str, Any], generator: torch.Generator, on_step: OnStep) -> tuple[Any, ...]:
        """One call of the pipeline; all that it gives, the pictures' latents first."""
        self._running = self.image_pipeline if "image" in arguments else self.pipeline
        if isinstance(self._running.scheduler, FixedFlowSchedule):
            self._running.scheduler.generator = generator

        def step_ended(pipeline: Any, index: int, _timestep: Any, _tensors: dict[str, Any]) -> dict[str, Any]:
            on_step(index + 1, pipeline.num_timesteps)
            return {}

        outputs: tuple[Any, ...] = self._running(
            **arguments,
            generator=generator,
            output_type="latent",
            return_dict=False,
            callback_on_step_end=step_ended,
            callback_on_step_end_tensor_inputs=[],
        )
        return outputs

    def image_argument(self, request: EngineRequest, size: Native) -> dict[str, Any]:
        if request.image is None:
            if "text" not in self._entry.modes:
                raise ValueError(f"{self._entry.key} needs an image to start from")
            return {}
        if self.image_pipeline is None:
            raise ValueError(f"{self._entry.key} cannot start from an image")
        # The middle of it, of the native size: a pipeline would distort another aspect.
        picture = Image.fromarray(request.image)
        return {"image": ImageOps.fit(picture, (size.width, size.height), Image.Resampling.LANCZOS)}

    def _frames(self, rendered: Rendered, latents: Any, request: EngineRequest) -> Iterator[Frame]:
        timings = rendered.timings
        timings["decode"] = 0.0
        pieces = self.decode(latents)
        # Sound first: whoever takes no more frames than were asked for never comes to the end.
        with torch.no_grad(), memory_errors(), timed(timings, "decode"):
            rendered.sound = self.sound(latents, request)
            decoding.ready(self.pipeline.vae)
        while True:
            with memory_errors(), timed(timings, "decode"):
                piece = next(pieces, None)
                frames = None if piece is None else _to_uint8(piece)
            rendered.peak_memory_mib = max(rendered.peak_memory_mib or 0, peak_mib() or 0) or None
            if frames is None:
                return
            yield from frames

    def _settings(self, request: EngineRequest, size: Native) -> dict[str, Any]:
        settings = {
            "model": self._entry.key,
            "revision": self._revision,
            "steps": request.steps,
            "guidance": request.guidance,
            "seed": request.seed,
            "native_size": f"{size.width}x{size.height}",
            "native_frames": size.frames,
            "size": f"{request.width}x{request.height}",
            "frames": request.frame_count,
            "fps": request.fps,
            "device": self._device.type,
            "torch": torch.__version__,
            "diffusers": diffusers.__version__,
        }
        options = tuning.described(self._entry.options)
        if options:
            settings["options"] = options
        if self._lora_revisions:
            settings["lora_revisions"] = self._lora_revisions
        if self._is_frugal:
            settings["frugal"] = True
        return settings

    @contextmanager
    def _without_words(self) -> Iterator[None]:
        """Several pipelines warn of a prompt that is too long by quoting the rest of it."""
        logger = logging.getLogger(type(self.pipeline).__module__)
        level = logger.level
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)


def _sibling(wanted: Any, pipeline: Any) -> Any:
    """A pipeline of another class over the same components. (diffusers' own from_pipe would cast them.)"""
    taken = inspect.signature(wanted.__init__).parameters.keys() - {"self"}
    components = {name: part for name, part in pipeline.components.items() if name in taken}
    plain = {name: pipeline.config[name] for name in taken - components.keys() if name in pipeline.config}
    return wanted(**components, **plain)


def _to_uint8(piece: torch.Tensor) -> Frame:
    """3 × frames × height × width from -1 to 1 -> frames × height × width × 3 from 0 to 255, in main memory."""
    levels = piece.float().add(1).mul(127.5).round_().clamp_(0, 255).to(torch.uint8)
    frames: Frame = levels.permute(1, 2, 3, 0).contiguous().cpu().numpy()
    return frames


def _settle_torch() -> None:
    """One core is left to the encoder, which works while frames are decoded; and the same convolutions on every run."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(max(1, cores - 1))
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
