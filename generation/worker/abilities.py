"""Which generations this worker may be given."""

from __future__ import annotations

from django.conf import settings

from generation import catalogue
from generation.catalogue import CatalogueEntry
from generation.models import Attempt
from generation.services.workers import Abilities
from generation.states import AttemptState
from generation.worker.device import Device, this_device
from generation.worker.weights import with_weights

LOOKED_AT = 100  # latest completed attempts
# A catalogue names a card by the size on its box, and the driver and error correction keep a part of that: an 80 GB
# H100 reports 81,559 MiB, a 24 GB A10G 22,731. So a card counts as the size of which it reports at least this share.
REPORTED_SHARE = 0.9


def abilities() -> Abilities:
    """What this process is: its device, its pools, and the entries of those pools that fit its memory and are here."""
    device = this_device()
    return Abilities(
        device=device.name,
        memory_mib=device.memory_mib,
        pools=settings.WORKER_POOLS,
        model_keys=[entry.key for entry in with_weights(own_entries())],
    )


def own_entries() -> list[CatalogueEntry]:
    """The entries of this worker's pools that fit its memory, whether their weights are here or not."""
    device = this_device()
    return [entry for entry in catalogue.entries() if _may_run(entry, device)]


def _may_run(entry: CatalogueEntry, device: Device) -> bool:
    fits = not device.memory_mib or entry.memory_gib * 1024 * REPORTED_SHARE <= device.memory_mib
    return entry.pool in settings.WORKER_POOLS and fits


def last_used() -> list[CatalogueEntry]:
    """The entries that this worker may run, of which something was completed lately, the latest first."""
    mine = {entry.key: entry for entry in with_weights(own_entries())}
    completed = Attempt.objects.filter(state=AttemptState.COMPLETED).order_by("-id")
    keys = completed.values_list("generation__model_key", flat=True)[:LOOKED_AT]
    return [mine[key] for key in dict.fromkeys(keys) if key in mine]
