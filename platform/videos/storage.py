"""Bytes in and out of the private storage: a folder, or an S3 bucket (`STORAGE_URL`).

A key is random and is used once: nothing here overwrites, and no address of the site contains a key.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils.translation import gettext as _

from common.clock import now
from common.errors import Unavailable
from videos.models import Rendition
from videos.states import RenditionKind

log = logging.getLogger(__name__)

CHUNK = 256 * 1024
EXTENSIONS = {"video/mp4": "mp4", "image/webp": "webp", "text/vtt": "vtt"}
ATTEMPTS = "attempts"
SHARE_COPIES = "share-copies"
CAPTIONS = "captions"
# Where a crash can leave files that no rendition came to name.
SWEPT = (ATTEMPTS, SHARE_COPIES, CAPTIONS)


class StorageFailed(Unavailable, OSError):
    """The storage did not do what was asked: full, away, or it answered with other bytes.

    `str(error)` says what happened, to us; `message` is for the person who asked.
    """

    code = "storage_away"

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.message = _("The files cannot be reached right now. Nothing was changed: try again in a moment.")

    @property
    def is_missing(self) -> bool:
        """Whether the storage answered, and has no such file."""
        return _is_missing(self.__cause__)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that lies safely in the private storage and that no rendition names yet."""

    key: str
    sha256: str
    size: int
    content_type: str
    kind: RenditionKind
    width: int | None = None
    height: int | None = None


def store(
    path: Path,
    *,
    prefix: str,
    kind: RenditionKind,
    content_type: str,
    width: int | None = None,
    height: int | None = None,
) -> StoredFile:
    """Copy `path` into the storage under a new random key below `prefix`.

    When it returns, the bytes are on the disk (or acknowledged by S3) and their number has been read back.
    """
    key = new_key(prefix, content_type)
    sha256, size = put(path, key=key, content_type=content_type)
    return StoredFile(key, sha256, size, content_type, RenditionKind(kind), width, height)


def new_key(prefix: str, content_type: str) -> str:
    """A random key below `prefix`, never used before."""
    return f"{prefix}/{secrets.token_hex(20)}.{EXTENSIONS[content_type]}"


def put(path: Path, *, key: str, content_type: str) -> tuple[str, int]:
    """The same for a file that is no rendition: copy it under `key`; its SHA-256 and its number of bytes."""
    with _mapped(), path.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        size = source.tell()
        if not size:
            raise StorageFailed(f"{path.name} is empty.")
        source.seek(0)
        _write(key, source, content_type, size)
    return sha256, size


def _write(key: str, source: Any, content_type: str, size: int) -> None:
    storage = _storage()
    content = File(source, name=key)
    content.content_type = content_type  # type: ignore[attr-defined]  # S3 keeps it with the object
    saved = key
    try:
        saved = storage.save(key, content)
        if saved != key:
            raise StorageFailed("The storage chose another key.")
        if isinstance(storage, FileSystemStorage):
            _flush_to_disk(Path(storage.path(key)), Path(storage.location))
        if storage.size(key) != size:
            raise StorageFailed("The storage kept another number of bytes than it was given.")
    except (OSError, Boto3Error, BotoCoreError, ClientError):
        forget(saved)
        raise


def _flush_to_disk(path: Path, root: Path) -> None:
    """The file, and the folders whose entries name it: a power cut after this loses nothing."""
    for item in (path, *(parent for parent in path.parents if parent == root or root in parent.parents)):
        descriptor = os.open(item, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def forget(key: str) -> None:
    """Delete what came to be nobody's; when that fails too, the sweep finds it."""
    try:
        _storage().delete(key)
    except (OSError, Boto3Error, BotoCoreError, ClientError):
        return


def open_file(key: str) -> File[bytes]:
    """The whole file, readable and seekable (from S3: a temporary copy)."""
    with _mapped():
        file = _storage().open(key, "rb")
        # A file from S3 is fetched at its first use: here, where a failure is ours to name.
        file.seek(0)
        return file


def read_range(key: str, start: int, length: int) -> Iterator[bytes]:
    """`length` bytes from `start`, in chunks. The file is opened before the first chunk is asked for."""
    storage = _storage()
    with _mapped():
        if isinstance(storage, FileSystemStorage):
            source: Any = open(storage.path(key), "rb")  # noqa: SIM115  closed by the generator
            source.seek(start)
        else:
            last = start + length - 1
            source = storage.bucket.Object(key).get(Range=f"bytes={start}-{last}")["Body"]  # type: ignore[attr-defined]
    return _chunks(source, length)


def _chunks(source: Any, length: int) -> Iterator[bytes]:
    try:
        while length > 0:
            with _mapped():
                chunk = source.read(min(CHUNK, length))
            if not chunk:
                raise StorageFailed("The file is shorter than its rendition says.")
            length -= len(chunk)
            yield chunk
    finally:
        source.close()


def delete(key: str) -> None:
    """Delete a file; one that is already gone is no error."""
    with _mapped():
        _storage().delete(key)


def presigned_url(key: str, *, seconds: int, method: str, content_type: str, disposition: str) -> str:
    """A signed address that S3 itself serves for a few seconds. Only an S3 storage has one."""
    storage: Any = _storage()
    parameters = {
        "ResponseContentType": content_type,
        "ResponseContentDisposition": disposition,
        "ResponseCacheControl": "private, no-store",
    }
    with _mapped():
        return str(storage.url(key, parameters=parameters, expire=seconds, http_method=method))


def is_intact(rendition: Rendition) -> bool:
    """Whether the stored bytes are still the ones that the rendition names. Raises StorageFailed when nobody can tell.

    In a folder each state of the file (inode, time, size) is hashed once and remembered; S3 objects have random
    keys that we never write twice, so there the size is compared.
    """
    storage = _storage()
    try:
        with _mapped():
            if not isinstance(storage, FileSystemStorage):
                return storage.size(rendition.storage_key) == rendition.size
            path = storage.path(rendition.storage_key)
            found = os.stat(path)
            if found.st_size != rendition.size:
                return False
            return _hash_of(path, found.st_ino, found.st_mtime_ns, found.st_ctime_ns) == rendition.sha256
    except StorageFailed as error:
        if error.is_missing:
            return False
        raise


@lru_cache(maxsize=4096)
def _hash_of(path: str, inode: int, modified: int, changed: int) -> str:
    with open(path, "rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def sweep_orphans(older_than: timedelta) -> int:
    """Delete files that no rendition names and that are older than `older_than`; the number deleted.

    `older_than` must be longer than any attempt lasts: until it completes, its files are named by nobody.
    """
    return sum(sweep_unnamed(prefix, _named_by_renditions, older_than) for prefix in SWEPT)


def sweep_unnamed(prefix: str, named: Callable[[list[str]], Collection[str]], older_than: timedelta) -> int:
    """Delete the files below `prefix` that are older than `older_than` and not among those that `named` picks out."""
    limit = now() - older_than
    storage = _storage()
    swept = 0
    for keys in _folders(storage, prefix):
        kept = named(keys)
        for key in keys:
            if key not in kept and _is_older(storage, key, limit):
                delete(key)
                swept += 1
    return swept


def _named_by_renditions(keys: list[str]) -> set[str]:
    return set(Rendition.objects.filter(storage_key__in=keys).values_list("storage_key", flat=True))


def _folders(storage: Storage, prefix: str) -> Iterator[list[str]]:
    """The keys of each folder below `prefix`, a folder at a time."""
    with _mapped():
        try:
            folders, files = storage.listdir(prefix)
        except FileNotFoundError:
            return
    yield [f"{prefix}/{name}" for name in files]
    for folder in folders:
        yield from _folders(storage, f"{prefix}/{folder}")


def _is_older(storage: Storage, key: str, limit: Any) -> bool:
    try:
        with _mapped():
            return storage.get_modified_time(key) < limit
    except StorageFailed:
        # Gone meanwhile: somebody else swept it.
        return False


def _storage() -> Storage:
    return storages["private"]


@contextmanager
def _mapped() -> Iterator[None]:
    """Every way in which a storage fails becomes one error."""
    try:
        yield
    except StorageFailed:
        raise
    except (OSError, Boto3Error, BotoCoreError, ClientError) as error:
        if not _is_missing(error):
            log.warning("The private storage failed: %s", type(error).__name__)
        raise StorageFailed(f"The private storage failed: {type(error).__name__}.") from error


def _is_missing(error: BaseException | None) -> bool:
    answered = error.response.get("ResponseMetadata", {}) if isinstance(error, ClientError) else {}
    return isinstance(error, FileNotFoundError) or answered.get("HTTPStatusCode") == 404
