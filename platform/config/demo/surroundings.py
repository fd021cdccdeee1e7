"""Where the demo runs: its folders, its port, and the environment of its processes."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[3]
HOST = "127.0.0.1"
HIGHEST_PORT = 65535

# What a developer's shell may hold for another database or another site must not reach the demo: every setting there is
# but the time zone, which is the developer's own, and what Celery prefers to its settings.
FOREIGN = frozenset(
    {
        *("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "STORAGE_URL", "EMAIL_URL", "SITE_URL", "ALLOWED_HOSTS"),
        *("DATA_DIR", "STATIC_ROOT", "MODELS_DIR", "MODELS_MIRROR", "CATALOGUE_FILE", "INPUT_IMAGES_MAX_MIB"),
        *("MEDIA_DELIVERY", "TRUSTED_PROXY_COUNT", "DEFAULT_FROM_EMAIL", "OPERATOR_NAMES", "INVITATION_DAYS"),
        *("CLAIM_MINUTES", "SIGNALS_SECONDS", "SIGNALS_MEMORY_MIB", "LEASE_SECONDS", "REAPER_SECONDS"),
        *("DRAIN_SECONDS", "HARD_STOP_SECONDS", "STALL_SECONDS", "WORKER_POOLS", "WORKER_NAME"),
        *("WORKER_MOST_FAULTS", "WORKER_MEMORY_MIB", "WORKER_HOST_MEMORY_MIB", "DEBUG", "DJANGO_SETTINGS_MODULE"),
        *("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL", "CELERY_RESULT_BACKEND"),
    }
)


class CannotStart(Exception):
    """One sentence for the person at the terminal."""


def chosen_port(text: str) -> int:
    """The port that was asked for, if it is one and is free."""
    if not text.isdecimal() or not 1 <= int(text) <= HIGHEST_PORT:
        raise CannotStart(f"PORT is {text!r}; it must be a number from 1 to {HIGHEST_PORT}.")
    port = int(text)
    with socket.socket() as probe:
        # What uvicorn does too: connections of the last run that linger do not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise CannotStart(f"Port {port} needs special rights here; choose one above 1023 with PORT=.") from error
        except OSError as error:
            other = port + 1 if port < HIGHEST_PORT else port - 1
            raise CannotStart(f"Port {port} is taken; choose another, for example PORT={other}.") from error
    return port


def free_port() -> int:
    """Any port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def data_folder() -> Path:
    """DATA_DIR, or `.data` in the project."""
    return Path(os.environ.get("DATA_DIR") or ROOT / ".data").expanduser().resolve()


def lock(folder: Path) -> IO[str]:
    """Hold the folder for ourselves: two demos in one would work on each other's files."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = (folder / "demo.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CannotStart(f"A demo runs in {folder} already; stop it first, or choose another DATA_DIR.") from error
    return file


def environment(*, folder: Path, port: int, redis_url: str) -> dict[str, str]:
    """What each of the demo's processes is given."""
    # Each can also be given as NAME_FILE, and would then go before what is given here.
    foreign = FOREIGN | {f"{name}_FILE" for name in FOREIGN}
    inherited = {name: value for name, value in os.environ.items() if name not in foreign}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "platform"))),
        "PYTHONUNBUFFERED": "1",
        "DATA_DIR": str(folder),
        "REDIS_URL": redis_url,
        "SITE_URL": f"http://{HOST}:{port}",
        # Ctrl-C means now: what is running goes back to the queue, where the next start finds it.
        "DRAIN_SECONDS": "0",
        "HARD_STOP_SECONDS": "10",
        # Nothing is downloaded: the model is built here.
        "HF_HUB_OFFLINE": "1",
        "DO_NOT_TRACK": "1",
    }
