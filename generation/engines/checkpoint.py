"""A checkpoint is a folder of safetensors and JSON under MODELS_DIR; its revision says exactly which bytes ran."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from generation.catalogue import LOCAL_REVISION, LOCKED_REVISION, CatalogueEntry
from generation.checkpoints.lock import locked_revision
from generation.checkpoints.manifest import MANIFEST_FILE, REVISION_FILE, problems, read_manifest, sha256_of
from generation.checkpoints.parcels import Parcel, parcels_of
from generation.engines.base import CheckpointUnavailable

NOTES = frozenset({REVISION_FILE, MANIFEST_FILE})


def digest(folder: Path) -> str:
    """SHA-256 over the folder's files: names and contents, in order. Our own notes on it are left out."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in NOTES):
        total.update(f"{path.relative_to(folder).as_posix()} {sha256_of(path)}\n".encode())
    return total.hexdigest()


def noted_revision(folder: Path) -> str | None:
    """What whoever put the checkpoint there says that it is; None where there is no checkpoint."""
    try:
        return (folder / REVISION_FILE).read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def locate(entry: CatalogueEntry, models_dir: Path) -> tuple[Path, str]:
    """The entry's folder and revision, or CheckpointUnavailable with a sentence for the operator.

    Looks at each file's size and time, and hashes those whose time is not the one noted at the pull; the LoRAs that the
    entry has from elsewhere included.
    """
    revisions = [_revision_of(parcel, models_dir) for parcel in parcels_of(entry)]
    return models_dir / entry.checkpoint, revisions[0]


def lora_revisions(entry: CatalogueEntry, models_dir: Path) -> dict[str, str]:
    """What is here of the repositories that the entry's LoRAs lie in."""
    parcels = [parcel for parcel in parcels_of(entry) if parcel.is_lora]
    return {parcel.repository: noted_revision(models_dir / parcel.folder) or "" for parcel in parcels}


def is_here(entry: CatalogueEntry, models_dir: Path) -> bool:
    """Whether all that the entry needs was pulled (or built) at some time; `locate` says whether it is sound."""
    return all(_is_here(parcel, models_dir / parcel.folder) for parcel in parcels_of(entry))


def wanted_revision(parcel: Parcel, models_dir: Path) -> str:
    """The revision that the catalogue insists on, or "local"; for "locked", the one in the lock."""
    if parcel.revision != LOCKED_REVISION:
        return parcel.revision
    noted = locked_revision(models_dir, parcel.lock_key)
    if noted is None:
        raise CheckpointUnavailable(
            f"{parcel.name} is not in {models_dir}'s lock: `manage.py models pull {parcel.entry_key}` notes it."
        )
    return noted


def unsound(parcel: Parcel, folder: Path, revision: str, *, thorough: bool = False) -> list[str]:
    """What is wrong with the parcel's files, as the ends of sentences; nothing when all is well.

    What was pulled has a manifest. What was built here has its own digest as its revision: small, and always hashed.
    """
    manifest = read_manifest(folder)
    if manifest is not None:
        if manifest.revision != revision:
            return [f"its manifest is of revision {manifest.revision}, not {revision}"]
        unknown = sorted(set(parcel.loras) - {file.path for file in manifest.files})
        never_came = [f"{path} was never fetched" for path in unknown if parcel.repository]
        return never_came + problems(folder, manifest, thorough=thorough)
    if parcel.repository:
        return [f"{MANIFEST_FILE}, which lists its files, is missing"]
    if len(revision) == 64 and digest(folder) != revision:
        return ["its files are altered"]
    return []


def _revision_of(parcel: Parcel, models_dir: Path) -> str:
    folder = models_dir / parcel.folder
    revision = noted_revision(folder)
    if revision is None:
        what = "is not" if parcel.is_lora else "has no checkpoint"
        remedy = f": `manage.py models pull {parcel.entry_key}` fetches it" if parcel.repository else ""
        raise CheckpointUnavailable(f"{parcel.name} {what} at {folder}{remedy}.")
    expected = wanted_revision(parcel, models_dir)
    if expected not in {LOCAL_REVISION, revision}:
        raise CheckpointUnavailable(
            f"{parcel.name} at {folder} is revision {revision}; the catalogue asks for {expected}."
        )
    if found := unsound(parcel, folder, revision):
        raise CheckpointUnavailable(
            f"{parcel.name} at {folder} is not what was put there: {found[0]}"
            + (f", and {len(found) - 1} more." if len(found) > 1 else ".")
        )
    return revision


def _is_here(parcel: Parcel, folder: Path) -> bool:
    if noted_revision(folder) is None:
        return False
    manifest = read_manifest(folder)
    # A file that the catalogue came to want later was not pulled yet. Without a manifest nobody knows.
    return manifest is None or set(parcel.loras) <= {file.path for file in manifest.files}


def unavailable(entries: Iterable[CatalogueEntry], models_dir: Path) -> dict[str, str]:
    """For each entry that a worker here could not run, by key: the sentence that says why."""
    found = {}
    for entry in entries:
        try:
            locate(entry, models_dir)
        except CheckpointUnavailable as sentence:
            found[entry.key] = str(sentence)
    return found
