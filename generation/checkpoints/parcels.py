"""An entry's weights come in parcels: its own repository's, and one for each repository that a LoRA of it lies in.

Each parcel has a folder, a revision, a manifest and a line in the lock of its own, so that entries can share it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from generation.catalogue import CatalogueEntry


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one repository gives to an entry."""

    entry_key: str
    repository: str  # "": made here
    revision: str  # as the catalogue has it
    folder: str  # under MODELS_DIR
    loras: tuple[str, ...] = ()  # files: beside a pipeline, or all that is wanted
    is_lora: bool = False  # not a pipeline of its own

    @property
    def name(self) -> str:
        """How a sentence calls it."""
        return f"The LoRA {self.repository} of {self.entry_key!r}" if self.is_lora else f"The model {self.entry_key!r}"

    @property
    def lock_key(self) -> str:
        return self.repository if self.is_lora else self.entry_key


def parcels_of(entry: CatalogueEntry) -> tuple[Parcel, ...]:
    """The checkpoint first."""
    loras = entry.options.loras
    own = Parcel(
        entry_key=entry.key,
        repository=entry.repository,
        revision=entry.revision,
        folder=entry.checkpoint,
        loras=tuple(lora.file for lora in loras if not lora.repository),
    )
    others: dict[str, Parcel] = {}
    for lora in (lora for lora in loras if lora.repository):
        known = others.get(lora.repository)
        files = tuple(dict.fromkeys((*(known.loras if known else ()), lora.file)))
        others[lora.repository] = Parcel(
            entry_key=entry.key,
            repository=lora.repository,
            revision=lora.revision,
            folder=lora.folder,
            loras=files,
            is_lora=True,
        )
    return (own, *others.values())


def sharing(parcel: Parcel, entries: Iterable[CatalogueEntry]) -> list[CatalogueEntry]:
    """The entries that use the parcel's folder."""
    return [entry for entry in entries if any(other.folder == parcel.folder for other in parcels_of(entry))]


def for_all(parcel: Parcel, entries: Iterable[CatalogueEntry]) -> Parcel:
    """With every file that an entry wants of its folder: whoever pulls it takes nothing from the others."""
    wanted = [other for entry in entries for other in parcels_of(entry) if other.folder == parcel.folder]
    return replace(parcel, loras=tuple(dict.fromkeys(file for other in (parcel, *wanted) for file in other.loras)))
