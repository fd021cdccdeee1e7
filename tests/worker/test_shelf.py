"""Which models stay in memory, when the device's and the machine's own are counted. Sizes are given: no GPU is here."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from generation import catalogue
from generation.catalogue import CatalogueEntry, EngineOptions
from generation.engines import registry
from generation.worker import device, shelf
from generation.worker.device import Device
from generation.worker.shelf import EngineShelf, Sizes

# On the device at rest, and in main memory.
SIZES = {
    "resident": (400, 0),
    "offloaded": (50, 600),
    "other-offloaded": (50, 500),
    "small": (50, 100),
    "large": (900, 0),
}


class SizedEngine:
    def load(self, entry: CatalogueEntry, models_dir: Path) -> None:
        self._sizes = SIZES[entry.key]

    def memory_mib(self) -> int:
        return self._sizes[0]

    def host_mib(self) -> int:
        return self._sizes[1]


def entry(key: str) -> CatalogueEntry:
    offload = "group" if SIZES[key][1] else ""
    return dataclasses.replace(
        catalogue.get("sketch"), key=key, checkpoint=key, memory_gib=0.05, options=EngineOptions(offload=offload)
    )


@pytest.fixture
def engines(settings, tmp_path: Path, monkeypatch) -> EngineShelf:
    settings.MODELS_DIR = tmp_path
    settings.WORKER_MEMORY_MIB, settings.WORKER_HOST_MEMORY_MIB = 1000, 1000
    monkeypatch.setattr(shelf, "this_device", lambda: Device("Test GPU", 2000))
    monkeypatch.setattr(registry, "create", lambda entry: SizedEngine())
    return EngineShelf()


def test_offloaded_models_go_when_the_machines_memory_is_full_though_the_device_is_empty(engines: EngineShelf):
    for key in ("resident", "offloaded", "small"):
        engines.take(entry(key))
    # 500 of 1000 on the device, 700 of 1000 in main memory: that is what is short, and the oldest takes none of it.
    engines._measured[entry("other-offloaded")] = Sizes(*SIZES["other-offloaded"])
    engines.take(entry("other-offloaded"))
    assert engines.keys == ["other-offloaded", "small", "resident"]
    # And the other way round: main memory has room, the device has none.
    engines._measured[entry("large")] = Sizes(*SIZES["large"])
    engines.take(entry("large"))
    assert engines.keys == ["large", "other-offloaded", "small"]


def test_what_was_never_loaded_counts_with_the_files_that_it_will_hold_there(engines: EngineShelf, tmp_path: Path):
    engines.take(entry("offloaded"))
    weights = tmp_path / "small" / "transformer" / "model.safetensors"
    weights.parent.mkdir(parents=True)
    for mib, stays in ((300, True), (500, False)):
        with weights.open("wb") as file:
            file.truncate(mib * 2**20)
        assert engines.fits_beside(entry("small")) is stays
    engines.take(entry("small"))
    assert engines.keys == ["small"]
    # Measured, it turned out smaller.
    assert engines.fits_beside(entry("offloaded"))


@pytest.mark.parametrize(("said", "mib"), [("max\n", 4096), (str(2 * 2**30), 2048), (str(2**50), 4096)])
def test_a_container_has_no_more_memory_than_it_may(said: str, mib: int, tmp_path: Path, monkeypatch):
    limit = tmp_path / "memory.max"
    limit.write_text(said)
    monkeypatch.setattr(device, "CONTAINER_LIMIT", limit)
    monkeypatch.setattr(device.os, "sysconf", lambda name: 4096 if name == "SC_PAGE_SIZE" else 2**20)
    assert device.main_memory_mib() == mib
