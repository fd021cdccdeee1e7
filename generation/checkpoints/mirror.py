"""A folder as a source of weights, for machines that reach no Hub.

It may hold FOLDER/owner/name/ (files as on the Hub), FOLDER/models--owner--name/snapshots/COMMIT/ (the Hub client's own
cache), or be a model's folder itself. Which revision it is comes from its manifest, its file REVISION, the folder's
name, or from the notes that `hf download --local-dir` leaves behind; the newest "locked" one may also be of no
revision, and is then named by the hash of its files.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from generation.checkpoints.errors import PullFailed
from generation.checkpoints.manifest import REVISION_FILE, read_manifest, sha256_of
from generation.checkpoints.sources import Listing, OnBytes, RemoteFile

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
CHUNK = 8 * 1024 * 1024  # bytes


class MirrorSource:
    """One repository in a folder."""

    name = "mirror"

    def __init__(self, folder: Path, repository: str, *, is_pipeline: bool = True) -> None:
        self._folder = _find(folder, repository, is_pipeline=is_pipeline)

    def listing(self, revision: str | None) -> Listing:
        folder = self._folder
        if revision and (folder / "snapshots").is_dir():
            folder = folder / "snapshots" / revision
        elif (folder / "snapshots").is_dir():
            folder = _only_snapshot(folder)
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()] if folder.is_dir() else []
        if not paths:
            raise PullFailed(f"The mirror {folder} has no files.")
        self._folder = folder
        manifest = read_manifest(folder)
        hashes = {file.path: file.sha256 for file in manifest.files} if manifest else {}
        files = tuple(_remote(folder, path, hashes) for path in paths)
        return Listing(revision=_revision(folder) or revision_of(folder, files), files=files)

    def fetch(self, listing: Listing, file: RemoteFile, part: Path, on_bytes: OnBytes) -> None:
        try:
            with (self._folder / file.path).open("rb") as source, part.open("ab") as out:
                source.seek(out.tell())
                while chunk := source.read(CHUNK):
                    out.write(chunk)
                    on_bytes(len(chunk))
        except FileNotFoundError as error:
            raise PullFailed(f"The mirror {self._folder} has lost {file.path}.") from error


def revision_of(folder: Path, files: tuple[RemoteFile, ...]) -> str:
    """The SHA-256 over names and contents: for a folder of which nobody says what commit it is."""
    total = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.path):
        if not file.path.startswith("."):
            total.update(f"{file.path} {file.sha256 or sha256_of(folder / file.path)}\n".encode())
    return total.hexdigest()


def _find(folder: Path, repository: str, *, is_pipeline: bool) -> Path:
    cache = folder / f"models--{repository.replace('/', '--')}"
    for candidate in (folder / repository, cache):
        if candidate.is_dir():
            return candidate
    if is_pipeline and (folder / "model_index.json").is_file():
        return folder
    if not is_pipeline:
        raise PullFailed(f"The mirror {folder} has no {repository}/.")
    raise PullFailed(f"The mirror {folder} has neither {repository}/ nor a model_index.json of its own.")


def _only_snapshot(cache: Path) -> Path:
    """The one that `main` names, or the only one there."""
    main = cache / "refs" / "main"
    if main.is_file():
        return cache / "snapshots" / main.read_text(encoding="ascii").strip()
    snapshots = sorted((cache / "snapshots").iterdir())
    if len(snapshots) != 1:
        raise PullFailed(f"The mirror {cache} has {len(snapshots)} snapshots, and nothing says which one is meant.")
    return snapshots[0]


def _revision(folder: Path) -> str:
    """What the folder says of itself; "" when it says nothing."""
    words = [folder.name if folder.parent.name == "snapshots" else ""]
    if manifest := read_manifest(folder):
        words.append(manifest.revision)
    if (folder / REVISION_FILE).is_file():
        words.append((folder / REVISION_FILE).read_text(encoding="ascii", errors="replace").strip())
    notes = folder / ".cache" / "huggingface" / "download"
    # One commit in all of them, or they say nothing: a folder that was updated in part is of no revision.
    commits = {(file.read_text(encoding="utf-8").splitlines() or [""])[0] for file in notes.rglob("*.metadata")}
    words += commits if len(commits) == 1 else []
    return next((word for word in words if COMMIT.fullmatch(word)), "")


def _remote(folder: Path, path: Path, hashes: dict[str, str]) -> RemoteFile:
    name = path.relative_to(folder).as_posix()
    return RemoteFile(path=name, size=path.stat().st_size, sha256=hashes.get(name, ""))
