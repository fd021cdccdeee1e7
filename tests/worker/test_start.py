"""How a worker starts: what it says of itself, and which models it loads before anybody asks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generation import catalogue, services
from generation.catalogue.reading import read
from generation.models import Worker
from generation.worker import abilities
from generation.worker.device import Device
from tests.worker.fake_engine import FakeEngine
from tests.worker.queue import submitted

pytestmark = pytest.mark.django_db(transaction=True)


class TestRegistration:
    def test_it_says_what_it_is(self, process, settings):
        process.answer()
        worker = Worker.objects.get()
        assert (worker.pools, worker.model_keys) == (settings.WORKER_POOLS, ["fake", "another", "missing", "rich"])
        assert worker.device == "cpu" or worker.memory_mib > 0

    def test_only_what_fits_its_memory_and_its_pools(self, models, monkeypatch, settings):
        entries = {entry.key: entry for entry in catalogue.entries()}
        sizes = {"fake": 10.0, "another": 24.0, "rich": 0.0}
        monkeypatch.setattr(abilities, "this_device", lambda: Device("Test GPU", 16 * 1024))
        monkeypatch.setattr(
            catalogue,
            "entries",
            lambda: [replace(entries[key], memory_gib=size, pool="standard") for key, size in sizes.items()],
        )
        said = abilities.abilities()
        assert (said.device, said.memory_mib, list(said.model_keys)) == ("Test GPU", 16 * 1024, ["fake", "rich"])
        settings.WORKER_POOLS = ["turbo"]
        assert list(abilities.abilities().model_keys) == []

    @pytest.mark.parametrize(
        ("memory_mib", "most"),
        [
            (81_559, 80),  # an 80 GB H100
            (81_920, 80),
            (24_564, 24),  # a 24 GB card
            (22_731, 24),  # an A10G: the rest of its 24 GB is kept for error correction
            (20_475, 16),
            (65_536, 60),
        ],
    )
    def test_a_card_is_given_what_the_catalogue_meant_for_its_size(self, settings, monkeypatch, memory_mib, most):
        """Cards report less than stands on their box."""
        entries = read(settings.BASE_DIR / "deploy" / "catalogue.toml")
        monkeypatch.setattr(catalogue, "entries", lambda: entries)
        monkeypatch.setattr(abilities, "this_device", lambda: Device("Test GPU", memory_mib))
        settings.WORKER_POOLS = ["standard", "turbo"]
        fitting = {entry.key for entry in entries if entry.memory_gib <= most}
        assert {entry.key for entry in abilities.own_entries()} == fitting
        assert max(entry.memory_gib for entry in abilities.own_entries()) == most

    def test_its_heartbeat_says_what_it_has_loaded(self, process):
        submitted(model_key="fake")
        process.answer()
        process._registered()
        assert Worker.objects.get().loaded == ["fake"]


class TestWarmStart:
    def test_it_loads_what_was_used_last_before_anybody_asks(self, process, settings):
        for model in ("fake", "another"):
            submitted(model_key=model)
        process.answer()
        FakeEngine.loaded.clear()
        successor = type(process)("successor")
        successor._to_warm = iter(abilities.last_used())
        settings.WORKER_MEMORY_MIB = 100
        successor.answer()
        assert FakeEngine.loaded == ["another"]

    def test_what_waits_comes_first(self, process):
        submitted(model_key="fake")
        process.answer()
        submitted(model_key="another")
        successor = type(process)("successor")
        successor._to_warm = iter(abilities.last_used())
        FakeEngine.loaded.clear()
        successor.answer()
        assert FakeEngine.loaded[0] == "another"
        assert services.claim_next(worker=Worker.objects.latest("id")) is None
