"""The list of a checkpoint's files with their hashes, written when they were fetched, asked before they are loaded."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from generation.checkpoints.selection import is_inside, is_pickle

MANIFEST_FILE = "dailies-manifest.json"
REVISION_FILE = "REVISION"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One file as it was fetched. `mtime_ns` only saves work: when it differs, the hash decides."""

    path: str  # relative, with slashes
    size: int  # bytes
    sha256: str
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a checkpoint's folder holds, and where it came from."""

    repository: str
    revision: str  # the Hub's commit, or the mirror's word
    source: str  # "hub" or "mirror"
    files: tuple[ListedFile, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def list_file(folder: Path, path: str, sha256: str) -> ListedFile:
    status = (folder / path).stat()
    return ListedFile(path=path, size=status.st_size, sha256=sha256, mtime_ns=status.st_mtime_ns)


def read_manifest(folder: Path) -> Manifest | None:
    """The folder's manifest; None where there is none that can be read."""
    try:
        raw = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        files = tuple(ListedFile(**file) for file in raw.pop("files"))
        manifest = Manifest(**raw, files=files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return manifest if all(is_inside(file.path) for file in files) else None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """All or nothing: a torn manifest would make a sound checkpoint look altered."""
    fresh = folder / f"{MANIFEST_FILE}.new"
    fresh.write_text(json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8")
    fresh.replace(folder / MANIFEST_FILE)


def problems(folder: Path, manifest: Manifest, *, thorough: bool = False) -> list[str]:
    """What is wrong with the files, as the ends of sentences. `thorough` hashes every byte; otherwise only files
    whose time has changed are read, so that a worker's start costs no more than a look at each.
    """
    found, touched = [], []
    for listed in manifest.files:
        problem, is_touched = _problem(folder, listed, thorough=thorough)
        if problem:
            found.append(problem)
        elif is_touched:
            touched.append(listed.path)
    if touched and not found:
        _forgive(folder, manifest, touched)
    return found


def strangers(folder: Path, manifest: Manifest) -> list[str]:
    """Pickles and Python that nobody fetched: nothing would load them, and nothing good put them there."""
    known = {file.path for file in manifest.files}
    there: Iterable[Path] = (path for path in folder.rglob("*") if path.is_file())
    names = sorted(path.relative_to(folder).as_posix() for path in there)
    return [name for name in names if name not in known and (is_pickle(name) or name.endswith(".py"))]


def _problem(folder: Path, listed: ListedFile, *, thorough: bool) -> tuple[str, bool]:
    path = folder / listed.path
    try:
        status = path.stat()
        if status.st_size != listed.size:
            return f"{listed.path} is altered: it has {status.st_size} bytes, not {listed.size}", False
        is_touched = status.st_mtime_ns != listed.mtime_ns
        if (thorough or is_touched) and sha256_of(path) != listed.sha256:
            return f"{listed.path} is altered: its SHA-256 is another", False
    except FileNotFoundError:
        return f"{listed.path} is missing", False
    except OSError as error:
        return f"{listed.path} cannot be read ({error.strerror})", False
    return "", is_touched


def _forgive(folder: Path, manifest: Manifest, touched: list[str]) -> None:
    """Note the new times of files that were copied or touched and hold the same bytes: the next look is cheap again."""
    files = tuple(
        replace(file, mtime_ns=(folder / file.path).stat().st_mtime_ns) if file.path in touched else file
        for file in manifest.files
    )
    # A worker's own mount may be read-only, which is as it should be.
    with contextlib.suppress(OSError):
        write_manifest(folder, replace(manifest, files=files))
