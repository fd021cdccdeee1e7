"""The models that stay in memory between generations, as many as fit; the one used longest ago goes first."""

from __future__ import annotations

import gc
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.conf import settings

from generation.catalogue import CatalogueEntry
from generation.engines import registry
from generation.engines.base import Engine
from generation.worker.device import this_device

log = logging.getLogger(__name__)

# Of the device's memory, for models at rest: the rest is for what a generation makes on its way.
SHARE_OF_MODELS = 0.7
BETWEEN_LOOKS = 0.1  # seconds


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
    def memory_mib(self) -> int:
        """What it occupies, as the engine measured it; else what the catalogue says that it needs."""
        measure = getattr(self.engine, "memory_mib", None)
        return int(measure()) if measure is not None else round(self.entry.memory_gib * 1024)


class EngineShelf:
    """Loaded engines, last used first. One thread takes and clears; another one may drop what broke."""

    def __init__(self) -> None:
        self._loaded: list[Loaded] = []
        self._measured: dict[CatalogueEntry, int] = {}  # MiB, of what was loaded before
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
        self._measured[entry] = loaded.memory_mib
        with self._lock:
            self._loaded.insert(0, loaded)
        return loaded

    def fits_beside(self, entry: CatalogueEntry) -> bool:
        """Whether the entry, if its size is known, fits without anything being put away."""
        return self._size(entry) > 0 and self._occupied() + self._size(entry) <= budget_mib()

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
            with self._lock:
                gone.append(self._loaded.pop())
        if gone:
            log.info("Put away %s to make room for %s.", ", ".join(one.entry.key for one in gone), entry.key)
        _unload(gone)

    def _size(self, entry: CatalogueEntry) -> int:
        return self._measured.get(entry) or round(entry.memory_gib * 1024)

    def _occupied(self) -> int:
        with self._lock:
            return sum(one.memory_mib for one in self._loaded)


def budget_mib() -> int:
    """What models may occupy together."""
    return settings.WORKER_MEMORY_MIB or round(this_device().memory_mib * SHARE_OF_MODELS)


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
