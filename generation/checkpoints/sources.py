"""What the Hub and a mirror folder have in common."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

OnBytes = Callable[[int], None]  # bytes that have arrived since the last call; below zero when some were thrown away


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file on offer. Of the two hashes, the one that the source knows; neither where it says nothing."""

    path: str
    size: int  # bytes
    sha256: str = ""
    git_sha1: str = ""  # of a small file, as git names it

    def is_file(self, path: Path, sha256: str) -> bool:
        """Whether the bytes at `path`, of this SHA-256, are the ones on offer."""
        if path.stat().st_size != self.size:
            return False
        if self.sha256:
            return sha256 == self.sha256
        return not self.git_sha1 or git_sha1_of(path) == self.git_sha1


@dataclass(frozen=True, slots=True)
class Listing:
    """A repository at one revision."""

    revision: str  # 40 or 64 hex digits
    files: tuple[RemoteFile, ...]


class Source(Protocol):
    """Where weights are fetched from. Both methods raise PullFailed with a sentence."""

    name: str  # "hub" or "mirror"

    def listing(self, revision: str | None) -> Listing:
        """The files at this revision; None asks for the newest."""

    def fetch(self, listing: Listing, file: RemoteFile, part: Path, on_bytes: OnBytes) -> None:
        """Bring `part` to the file's full length, going on from what it holds already."""


def git_sha1_of(path: Path) -> str:
    content = path.read_bytes()  # only small files are kept in git itself
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
