"""The Hugging Face Hub (or what HF_ENDPOINT names) as a source of weights.

The Hub's client lists and streams. Its own download functions are not used: since 2.x they throw away what an
interrupted download had, and a checkpoint has tens of gigabytes. HF_TOKEN serves for repositories behind a gate.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import httpx2
from huggingface_hub import HfApi, constants, hf_hub_url
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers, disable_progress_bars

from generation.checkpoints.errors import PullFailed
from generation.checkpoints.sources import Listing, OnBytes, RemoteFile

ENDPOINT = constants.ENDPOINT
# A connection that breaks is an OSError or one of these; a body that ends early is noticed by its length.
NETWORK = (httpx2.HTTPError, HfHubHTTPError, ConnectionError)


class HubSource:
    """One repository on the Hub."""

    name = "hub"

    def __init__(self, repository: str, endpoint: str | None = None) -> None:
        self.repository = repository
        self.endpoint = endpoint or ENDPOINT
        disable_progress_bars()  # the command shows one bar over all files

    def listing(self, revision: str | None) -> Listing:
        try:
            info = HfApi(endpoint=self.endpoint).model_info(self.repository, revision=revision, files_metadata=True)
        except GatedRepoError as error:
            raise PullFailed(
                f"{self.repository} is behind a gate: accept its terms at {self.endpoint}/{self.repository} and set "
                "HF_TOKEN to a token of that account."
            ) from error
        except RevisionNotFoundError as error:
            raise PullFailed(f"{self.repository} has no revision {revision}.") from error
        except RepositoryNotFoundError as error:
            raise PullFailed(f"There is no repository {self.repository} at {self.endpoint}.") from error
        except NETWORK as error:
            raise PullFailed(f"{self.endpoint} could not be asked about {self.repository}: {_brief(error)}.") from error
        return Listing(revision=str(info.sha), files=tuple(_remote(sibling) for sibling in info.siblings or ()))

    def fetch(self, listing: Listing, file: RemoteFile, part: Path, on_bytes: OnBytes) -> None:
        headers = build_hf_headers() | {"Accept-Encoding": "identity"}  # ranges count bytes as they are on the disk
        url = hf_hub_url(self.repository, file.path, revision=listing.revision, endpoint=self.endpoint)
        with part.open("ab") as out:
            try:
                http_get(
                    url,
                    _Counted(out, on_bytes),
                    resume_size=out.tell(),
                    headers=headers,
                    expected_size=file.size,
                    displayed_filename=file.path,
                )
            except NETWORK as error:
                raise PullFailed(
                    f"{file.path} of {self.repository} broke off after {out.tell()} of {file.size} bytes "
                    f"({_brief(error)}): pull again, and it goes on from there."
                ) from error


class _Counted:
    """A file that says how many bytes are written to it."""

    def __init__(self, file: BinaryIO, on_bytes: OnBytes) -> None:
        self._file = file
        self._on_bytes = on_bytes

    def write(self, chunk: bytes) -> int:
        written = self._file.write(chunk)
        self._on_bytes(written)
        return written

    def truncate(self) -> int:
        # The client rewinds when a server ignores the range; a file that is appended to knows no seek for writing.
        before = self._file.seek(0, 2)
        self._on_bytes(-before)
        return self._file.truncate(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _remote(sibling: Any) -> RemoteFile:
    lfs = sibling.lfs
    return RemoteFile(
        path=sibling.rfilename,
        size=(lfs.size if lfs else sibling.size) or 0,
        sha256=lfs.sha256 if lfs else "",
        git_sha1="" if lfs else sibling.blob_id or "",
    )


def _brief(error: Exception) -> str:
    response = getattr(error, "response", None)
    return f"status {response.status_code}" if response is not None else type(error).__name__
