"""The models that stay in memory between generations, as many as fit; the one used longest ago goes first.

Two memories count: the device's, and the machine's own, where offloaded models wait with all their weights.
"""

from __future__ import annotations

import gc
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from generation.catalogue import CatalogueEntry
from generation.engines import registry
from generation.engines.base import Engine
from generation.worker.device import MIB, main_memory_mib, this_device

log = logging.getLogger(__name__)

# Of either memory, for models at rest: the rest is for what a generation makes on its way.
SHARE_OF_MODELS = 0.7
BETWEEN_LOOKS = 0.1  # seconds


@dataclass(frozen=True, slots=True)
class Sizes:
    """MiB on the device, and in main memory where that is not the device."""

    device: int
    host: int = 0

    def __add__(self, other: Sizes) -> Sizes:
        return Sizes(self.device + other.device, self.host + other.host)

    def fits(self, budget: Sizes) -> bool:
        return self.device <= budget.device and self.host <= budget.host

    def beyond(self, budget: Sizes) -> Sizes:
        return Sizes(max(0, self.device - budget.device), max(0, self.host - budget.host))

    def is_of_use_for(self, short: Sizes) -> bool:
        return bool((short.device and self.device) or (short.host and self.host))


@dataclass(slots=True, eq=False)
class Loaded:
    """An engine with its model."""

    entry: CatalogueEntry
    engine: Engine
    is_sound: bool = True  # False after an error: it may be broken, and no other prompt gets it
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def in_use(self, waiting: Callable[[], object]) -> Iterator[None]:
        """For a render, or for all frames of one. An engine whose parts move, or remember, does one of them at a time;
        `waiting` is called now and then until it is our turn, and may raise.
        """
        if self.decodes_alongside:
            yield
            return
        while not self._lock.acquire(timeout=BETWEEN_LOOKS):
            waiting()
        try:
            yield
        finally:
            self._lock.release()

    @property
    def decodes_alongside(self) -> bool:
        """Whether it takes another call while it denoises. It may stop doing so, when it has to save memory."""
        return bool(getattr(self.engine, "decodes_alongside", False))

    @property
    def sizes(self) -> Sizes:
        """What it occupies, as the engine measured it; else what the catalogue says that it needs."""
        device, host = (getattr(self.engine, name, None) for name in ("memory_mib", "host_mib"))
        if device is None:
            return Sizes(round(self.entry.memory_gib * 1024))
        return Sizes(int(device()), int(host()) if host is not None else 0)


class EngineShelf:
    """Loaded engines, last used first. One thread takes and clears; another one may drop what broke."""

    def __init__(self) -> None:
        self._loaded: list[Loaded] = []
        self._measured: dict[CatalogueEntry, Sizes] = {}  # of what was loaded before
        self._lock = threading.Lock()

    @property
    def keys(self) -> list[str]:
        """The models in memory, last used first."""
        with self._lock:
            return [one.entry.key for one in self._loaded]

    def find(self, entry: CatalogueEntry) -> Loaded | None:
        """This entry's engine, if it is here; it counts as no use of it."""
        with self._lock:
            return next((one for one in self._loaded if one.entry == entry), None)

    def take(self, entry: CatalogueEntry) -> Loaded:
        """This entry's engine, loaded now unless it is still here. Room is made before it loads."""
        with self._lock:
            for one in self._loaded:
                if one.entry == entry:
                    self._loaded.remove(one)
                    self._loaded.insert(0, one)
                    return one
        self._make_room(entry)
        engine = registry.create(entry)
        engine.load(entry, settings.MODELS_DIR)
        loaded = Loaded(entry, engine)
        self._measured[entry] = loaded.sizes
        with self._lock:
            self._loaded.insert(0, loaded)
        return loaded

    def fits_beside(self, entry: CatalogueEntry) -> bool:
        """Whether the entry, if its size is known, fits without anything being put away."""
        needed = self._measured.get(entry) or expected(entry)
        return needed.device > 0 and (self._occupied() + needed).fits(budget())

    def drop(self, loaded: Loaded) -> None:
        """It may not be sound any more: whoever uses it now may end, and nobody takes it up again."""
        loaded.is_sound = False
        with self._lock:
            if loaded in self._loaded:
                self._loaded.remove(loaded)
        free_memory()

    def clear(self) -> None:
        """Let all go."""
        with self._lock:
            gone, self._loaded = self._loaded, []
        _unload(gone)

    def _make_room(self, entry: CatalogueEntry) -> None:
        gone = []
        # What was never loaded here and says nothing of its size may need all that there is.
        while self._loaded and not self.fits_beside(entry):
            gone.append(self._put_away(entry))
        if gone:
            log.info("Put away %s to make room for %s.", ", ".join(one.entry.key for one in gone), entry.key)
        _unload(gone)

    def _put_away(self, entry: CatalogueEntry) -> Loaded:
        """The one used longest ago of those that occupy what the entry lacks."""
        short = (self._occupied() + (self._measured.get(entry) or expected(entry))).beyond(budget())
        with self._lock:
            oldest_first = reversed(self._loaded)
            gone = next((one for one in oldest_first if one.sizes.is_of_use_for(short)), self._loaded[-1])
            self._loaded.remove(gone)
            return gone

    def _occupied(self) -> Sizes:
        with self._lock:
            return sum((one.sizes for one in self._loaded), Sizes(0))


def budget() -> Sizes:
    """What models may occupy together."""
    return Sizes(
        settings.WORKER_MEMORY_MIB or round(this_device().memory_mib * SHARE_OF_MODELS),
        settings.WORKER_HOST_MEMORY_MIB or round(main_memory_mib() * SHARE_OF_MODELS),
    )


def expected(entry: CatalogueEntry) -> Sizes:
    """Of a model that was never loaded here. In main memory waits no more than its files hold."""
    device = round(entry.memory_gib * 1024)
    if not entry.options.offload or this_device().name == "cpu":
        return Sizes(device)
    weights = (Path(settings.MODELS_DIR) / entry.checkpoint).rglob("*.safetensors")
    return Sizes(device, sum(path.stat().st_size for path in weights) // MIB)


def free_memory() -> None:
    """Give back what nobody holds any more. Never raises: it is called where an error is being dealt with."""
    gc.collect()
    # Only an engine ever imports torch; when none has, there is no memory of a GPU to give back.
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        try:
            torch.cuda.empty_cache()
        except RuntimeError as error:
            # A GPU that gave up refuses this too; whoever uses it next is told, and knows what to do.
            log.warning("The GPU's memory was not given back (%s).", type(error).__name__)


def _unload(gone: list[Loaded]) -> None:
    for one in gone:
        unload = getattr(one.engine, "unload", None)
        if unload is not None:
            unload()
    if gone:
        gone.clear()
        free_memory()
