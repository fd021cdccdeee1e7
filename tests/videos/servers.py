"""The real servers: uvicorn in a thread of the test, and nginx in front of it."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import string
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import uvicorn
from django.conf import settings
from django.core.files.storage import storages
from django.db import connection
from django.test import Client

TEMPLATE = Path(settings.BASE_DIR) / "deploy" / "nginx" / "dailies.conf.template"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Server:
    """An address to send exact requests to: nothing on the way normalises a path."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, *, person: object = None, method: str = "GET", **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if person is not None:
            sent["Cookie"] = signed_in(person)
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            link.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in ({"Host": "127.0.0.1"} | sent).items():
                link.putheader(name, value)
            link.endheaders()
            response = link.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            link.close()


def signed_in(person: object) -> str:
    client = Client()
    client.force_login(person)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@contextmanager
def uvicorn_running() -> Iterator[Server]:
    """The site as production serves it, on the test's database. Needs `django_db(transaction=True)`."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config("config.asgi:application", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    # Its threads give their connections back after each request: the test's database can be emptied afterwards.
    kept, connection.settings_dict["CONN_MAX_AGE"] = connection.settings_dict["CONN_MAX_AGE"], 0
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield Server(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
        connection.settings_dict["CONN_MAX_AGE"] = kept


@contextmanager
def nginx_running(app: Server, folder: Path) -> Iterator[Server]:
    """The shipped configuration, filled in, in an nginx of our own."""
    port = free_port()
    names = {
        "DAILIES_LISTEN": f"127.0.0.1:{port}",
        "DAILIES_APP": f"127.0.0.1:{app.port}",
        "DAILIES_SCHEME": "http",
        "DAILIES_PRIVATE": str(storages["private"].location),
        "DAILIES_STATIC": str(settings.STATIC_ROOT),
    }
    site = TEMPLATE.read_text()
    for name, value in names.items():
        site = site.replace(f"${{{name}}}", value)
    (folder / "dailies.conf").write_text(site.replace("/dev/stdout", str(folder / "access.log")))
    main = string.Template(MAIN).substitute(folder=folder, user="user root;" if os.geteuid() == 0 else "")
    (folder / "nginx.conf").write_text(main)
    command = [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command)
    try:
        wait_for(lambda: is_open(port) or process.poll() is not None)
        assert process.poll() is None, (folder / "error.log").read_text()
        yield Server(port)
    finally:
        process.terminate()
        process.wait(10)


MAIN = """
$user
daemon off;
worker_processes 1;
pid $folder/nginx.pid;
events { worker_connections 64; }
http {
    types { text/css css; }
    default_type application/octet-stream;
    client_body_temp_path $folder/body;
    proxy_temp_path $folder/proxy;
    fastcgi_temp_path $folder/fastcgi;
    uwsgi_temp_path $folder/uwsgi;
    scgi_temp_path $folder/scgi;
    include $folder/dailies.conf;
}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not start"
        time.sleep(0.02)
