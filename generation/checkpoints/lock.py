"""models.lock.toml in MODELS_DIR: at which revision each "locked" entry of the catalogue was pulled, by its key, and
each "locked" repository of LoRAs, by its name.

A catalogue that ships with the project cannot know the commit that an operator will read and accept, so it says
"locked": the first pull resolves the repository's main branch, and every later one, on every machine that is given
this file, fetches the same bytes.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path

LOCK_FILE = "models.lock.toml"
HEADER = "# Written by `manage.py models pull`: which revision of each model runs here. Keep it with the weights.\n"
REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def locked_revision(models_dir: Path, key: str) -> str | None:
    """What is noted of an entry or repository; None when it was never pulled, or the file cannot be understood."""
    noted = _read(models_dir).get(key, {}).get("revision", "")
    return noted if REVISION.fullmatch(noted) else None


def note_revision(models_dir: Path, key: str, *, repository: str, revision: str) -> None:
    """Write a revision into the lock; the others stay as they are."""
    noted = _read(models_dir) | {key: {"repository": repository, "revision": revision}}
    _write(models_dir, noted)


def forget_revision(models_dir: Path, key: str) -> None:
    noted = _read(models_dir)
    if noted.pop(key, None) is not None:
        _write(models_dir, noted)


def _read(models_dir: Path) -> dict[str, dict[str, str]]:
    try:
        tables = tomllib.loads((models_dir / LOCK_FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}
    return {
        key: {name: str(value) for name, value in table.items()}
        for key, table in tables.items()
        if isinstance(table, dict)
    }


def _write(models_dir: Path, noted: dict[str, dict[str, str]]) -> None:
    tables = [
        # A JSON string is a TOML string too.
        "\n".join([f"[{_header(key)}]", *(f"{name} = {json.dumps(value)}" for name, value in sorted(table.items()))])
        for key, table in sorted(noted.items())
    ]
    fresh = models_dir / f"{LOCK_FILE}.{os.getpid()}"
    fresh.write_text(HEADER + "\n" + "\n\n".join(tables) + "\n", encoding="utf-8")
    fresh.replace(models_dir / LOCK_FILE)


def _header(key: str) -> str:
    """The repository of a LoRA has a slash, and often a dot, that TOML would make tables of."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)
