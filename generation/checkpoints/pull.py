"""Fetching a parcel of weights: choose the files, see that they fit, fetch and hash them, put all in place at once."""

from __future__ import annotations

import errno
import fcntl
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from generation.catalogue import LOCKED_REVISION
from generation.checkpoints.errors import PullFailed
from generation.checkpoints.lock import locked_revision, note_revision
from generation.checkpoints.manifest import REVISION_FILE, ListedFile, Manifest, list_file, sha256_of, write_manifest
from generation.checkpoints.parcels import Parcel
from generation.checkpoints.selection import choose
from generation.checkpoints.sources import Listing, OnBytes, RemoteFile, Source

PULLING = ".pull"  # in MODELS_DIR, so that the finished folder is moved and not copied
PART = ".part"
RESERVE = 256 * 1024**2  # bytes that stay free: a full disk harms everybody on it


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pull is about to do."""

    parcel: Parcel
    listing: Listing
    files: tuple[RemoteFile, ...]
    staging: Path

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(file.size for file in self.files)

    @property
    def missing(self) -> int:
        """Bytes that are still to come."""
        return self.size - sum(min(file.size, _arrived(self.staging, file)) for file in self.files)


def make_plan(*, parcel: Parcel, source: Source, models_dir: Path, upgrade: bool = False) -> Plan:
    """What is to be fetched; PullFailed when the source has something else than what is asked for.

    A "locked" parcel stays at the revision that was noted; `upgrade` asks for the newest.
    """
    wanted: str | None = parcel.revision
    if parcel.revision == LOCKED_REVISION:
        wanted = None if upgrade else locked_revision(models_dir, parcel.lock_key)
    listing = source.listing(wanted)
    if wanted is not None and listing.revision != wanted:
        raise PullFailed(
            f"The {source.name} has {parcel.repository} at revision {listing.revision}; "
            f"{'the lock' if parcel.revision == LOCKED_REVISION else 'the catalogue'} asks for {wanted}."
        )
    by_path = {file.path: file for file in listing.files}
    files = tuple(by_path[path] for path in choose(by_path, parcel))
    staging = models_dir / PULLING / parcel.folder.replace("/", "--") / listing.revision
    return Plan(parcel=parcel, listing=listing, files=files, staging=staging)


def check_disk(*, plans: Sequence[Plan], models_dir: Path) -> int:
    """The free bytes under MODELS_DIR; PullFailed when what is still to come of an entry's plans does not fit."""
    models_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(models_dir).free
    missing = sum(plan.missing for plan in plans)
    if missing + RESERVE > free:
        raise PullFailed(
            f"The model {plans[0].parcel.entry_key!r} needs {in_units(missing)} more at {models_dir}, and "
            f"{in_units(RESERVE)} are to stay free; {in_units(free)} are free."
        )
    return free


def carry_out(*, plan: Plan, source: Source, models_dir: Path, on_bytes: OnBytes, shared_by: tuple[str, ...]) -> Path:
    """Fetch what is missing and put the parcel into place; its folder.

    `shared_by`: the lines of the lock in which its revision is noted. Raises PullFailed; what has
    come stays in the staging folder, and the old checkpoint stays in place until the new one is whole.
    """
    with _alone(plan.staging), _disk_errors(plan):
        listed = [_fetch(plan, source, file, on_bytes) for file in plan.files]
        manifest = Manifest(
            repository=plan.parcel.repository,
            revision=plan.listing.revision,
            source=source.name,
            files=tuple(listed),
        )
        (plan.staging / REVISION_FILE).write_text(plan.listing.revision + "\n", encoding="ascii")
        write_manifest(plan.staging, manifest)
        folder = _into_place(plan.staging, models_dir / plan.parcel.folder)
        for key in shared_by:
            note_revision(models_dir, key, repository=plan.parcel.repository, revision=plan.listing.revision)
    shutil.rmtree(plan.staging.parent, ignore_errors=True)
    return folder


def in_units(size: int) -> str:
    """Bytes for a person: "34.2 GiB"."""
    amount, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def _fetch(plan: Plan, source: Source, file: RemoteFile, on_bytes: OnBytes) -> ListedFile:
    target = plan.staging / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.is_file():
        part = target.with_name(f"{target.name}{PART}")
        if part.exists() and part.stat().st_size > file.size:
            part.unlink()
        source.fetch(plan.listing, file, part, on_bytes)
        part.rename(target)
    sha256 = sha256_of(target)
    if not file.is_file(target, sha256):
        target.unlink()
        raise PullFailed(
            f"{file.path} of {plan.parcel.repository} did not come as the {source.name} lists it, so it was thrown "
            "away: pull again."
        )
    return list_file(plan.staging, file.path, sha256)


def _arrived(staging: Path, file: RemoteFile) -> int:
    for path in (staging / file.path, staging / f"{file.path}{PART}"):
        if path.is_file():
            return path.stat().st_size
    return 0


def _into_place(fresh: Path, folder: Path) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    old = fresh.with_name("old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    return folder


@contextmanager
def _alone(staging: Path) -> Iterator[None]:
    """Two pulls of one model would write into each other's files."""
    staging.mkdir(parents=True, exist_ok=True)
    with (staging.parent / "pull.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PullFailed("This model is being pulled already.") from error
        yield


@contextmanager
def _disk_errors(plan: Plan) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}:
            raise
        raise PullFailed(
            f"{plan.parcel.name} could not be written to {plan.staging} ({error.strerror}): what came so "
            "far is kept, and the next pull goes on from there."
        ) from error
