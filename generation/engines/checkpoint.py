"""A checkpoint is a folder of safetensors and JSON under MODELS_DIR; its revision says exactly which bytes ran."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from generation.catalogue import LOCAL_REVISION, LOCKED_REVISION, CatalogueEntry
from generation.checkpoints.lock import locked_revision
from generation.checkpoints.manifest import MANIFEST_FILE, REVISION_FILE, problems, read_manifest, sha256_of
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

    Looks at each file's size and time, and hashes those whose time is not the one noted at the pull.
    """
    folder = models_dir / entry.checkpoint
    revision = noted_revision(folder)
    if revision is None:
        remedy = f": `manage.py models pull {entry.key}` fetches it" if entry.repository else ""
        raise CheckpointUnavailable(f"The model {entry.key!r} has no checkpoint at {folder}{remedy}.")
    expected = wanted_revision(entry, models_dir)
    if expected not in {LOCAL_REVISION, revision}:
        raise CheckpointUnavailable(
            f"The model {entry.key!r} at {folder} is revision {revision}; the catalogue asks for {expected}."
        )
    if found := unsound(entry, folder, revision):
        raise CheckpointUnavailable(
            f"The model {entry.key!r} at {folder} is not what was put there: {found[0]}"
            + (f", and {len(found) - 1} more." if len(found) > 1 else ".")
        )
    return folder, revision


def wanted_revision(entry: CatalogueEntry, models_dir: Path) -> str:
    """The revision that the catalogue insists on, or "local"; for "locked", the one in the lock."""
    if entry.revision != LOCKED_REVISION:
        return entry.revision
    noted = locked_revision(models_dir, entry.key)
    if noted is None:
        raise CheckpointUnavailable(
            f"The model {entry.key!r} is not in {models_dir}'s lock: `manage.py models pull {entry.key}` notes it."
        )
    return noted


def unsound(entry: CatalogueEntry, folder: Path, revision: str, *, thorough: bool = False) -> list[str]:
    """What is wrong with the checkpoint's files, as the ends of sentences; nothing when all is well.

    What was pulled has a manifest. What was built here has its own digest as its revision: small, and always hashed.
    """
    manifest = read_manifest(folder)
    if manifest is not None:
        if manifest.revision != revision:
            return [f"its manifest is of revision {manifest.revision}, not {revision}"]
        return problems(folder, manifest, thorough=thorough)
    if entry.repository:
        return [f"{MANIFEST_FILE}, which lists its files, is missing"]
    if len(revision) == 64 and digest(folder) != revision:
        return ["its files are altered"]
    return []


def unavailable(entries: Iterable[CatalogueEntry], models_dir: Path) -> dict[str, str]:
    """For each entry that a worker here could not run, by key: the sentence that says why."""
    found = {}
    for entry in entries:
        try:
            locate(entry, models_dir)
        except CheckpointUnavailable as sentence:
            found[entry.key] = str(sentence)
    return found
