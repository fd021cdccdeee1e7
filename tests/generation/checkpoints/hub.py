"""A Hub in miniature: the few addresses that a pull asks, over real HTTP, with ranges and faults on demand."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "a1" * 20
ERROR_CODES = {403: "GatedRepo", 404: "RepoNotFound"}


class FakeHub:
    """One repository at one commit, and what else the same address serves.

    `cut` makes the next answer with that file end after so many bytes.
    """

    def __init__(self, repository: str, files: dict[str, bytes], commit: str = COMMIT) -> None:
        self.repository, self.files, self.commit = repository, files, commit
        self.cut: dict[str, int] = {}
        self.lies: dict[str, bytes] = {}  # what is sent instead of what is listed
        self.gate: int | None = None
        self.requests: list[tuple[str, str]] = []  # (path, range)
        self.url = ""
        self.beside: list[FakeHub] = []

    def listing(self) -> dict[str, object]:
        return {
            "_id": "1",
            "id": self.repository,
            "sha": self.commit,
            "siblings": [_sibling(path, data) for path, data in self.files.items()],
        }

    def fetched(self) -> list[str]:
        """The files that were asked for, in order."""
        start = f"/{self.repository}/resolve/{self.commit}/"
        return [path.removeprefix(start) for path, _range in self.requests if path.startswith(start)]


@contextmanager
def serving(hub: FakeHub) -> Iterator[FakeHub]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _answer(self, hub)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _sibling(path: str, data: bytes) -> dict[str, object]:
    sibling: dict[str, object] = {"rfilename": path, "size": len(data)}
    if path.endswith(".safetensors"):
        return sibling | {"lfs": {"size": len(data), "sha256": hashlib.sha256(data).hexdigest(), "pointerSize": 134}}
    return sibling | {"blobId": hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()}


def _answer(handler: BaseHTTPRequestHandler, hub: FakeHub) -> None:
    path, wanted_range = handler.path.partition("?")[0], handler.headers.get("Range", "")
    hub = next((other for other in hub.beside if f"/{other.repository}/" in f"{path}/"), hub)
    hub.requests.append((path, wanted_range))
    if hub.gate is not None:
        handler.send_response(hub.gate)
        if hub.gate in ERROR_CODES:
            handler.send_header("X-Error-Code", ERROR_CODES[hub.gate])
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return
    if path.startswith(f"/api/models/{hub.repository}"):
        revision = path.partition("/revision/")[2]
        if revision not in {"", hub.commit}:
            _send(handler, 404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        else:
            _send(handler, 200, json.dumps(hub.listing()).encode(), {"Content-Type": "application/json"})
        return
    name = path.removeprefix(f"/{hub.repository}/resolve/{hub.commit}/")
    if name not in hub.files:
        _send(handler, 404, b"", {"X-Error-Code": "EntryNotFound"})
        return
    _send_file(handler, hub, name, wanted_range)


def _send_file(handler: BaseHTTPRequestHandler, hub: FakeHub, name: str, wanted_range: str) -> None:
    data = hub.lies.get(name, hub.files[name])
    start = int(wanted_range.removeprefix("bytes=").partition("-")[0]) if wanted_range else 0
    headers = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if wanted_range else {}
    cut = hub.cut.pop(name, None)
    _send(handler, 206 if wanted_range else 200, data[start:], headers, cut=cut)


def _send(
    handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str], *, cut: int | None = None
) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[:cut])
    if cut is not None:
        handler.close_connection = True
