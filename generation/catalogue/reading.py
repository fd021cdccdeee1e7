"""From the file to its entries: each key by itself, then what must hold between keys and between entries."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from generation.catalogue.entry import (
    LOCAL_REVISION,
    LOCKED_REVISION,
    MODES,
    POOLS,
    CatalogueEntry,
    CatalogueError,
)
from generation.catalogue.native import too_much_at_once
from generation.catalogue.options import BadOption, read_options
from generation.catalogue.readers import (
    FOLDER,
    Reader,
    fraction,
    number,
    one_of,
    pattern,
    several,
    shown,
    size,
    text,
    text_or_nothing,
    truth,
    whole,
)


@lru_cache(maxsize=8)
def read(path: Path) -> tuple[CatalogueEntry, ...]:
    """The file's entries in its order; raises CatalogueError. The same file is read once a process."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(f"The catalogue {path} cannot be read: {error}.") from error
    if not tables:
        raise CatalogueError(f"The catalogue {path} has no entry.")
    entries = tuple(_entry(key, table) for key, table in tables.items())
    for entry in entries:
        _check_turbo(entry, entries)
    _check_loras(entries)
    return entries


def _entry(key: str, table: object) -> CatalogueEntry:
    if not isinstance(table, dict):
        raise CatalogueError(f"The catalogue's {key!r} stands outside a table; entries look like [sketch].")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", key):
        raise CatalogueError(f"The catalogue's entry {key!r}: a key has 1 to 60 of a-z, 0-9 and hyphens.")
    for name in sorted(REQUIRED - table.keys()):
        raise CatalogueError(f"The catalogue's entry {key!r} lacks the key {name!r}.")
    for name in sorted(table.keys() - READERS.keys()):
        raise CatalogueError(f"The catalogue's entry {key!r} has the unknown key {name!r}.")
    values = {name: _value(key, name, table[name]) for name in table}
    values.setdefault("frame_rates", (values["fps"],))
    entry = CatalogueEntry(key=key, **values)
    _check_whole(entry)
    return entry


def _value(key: str, name: str, raw: object) -> Any:
    try:
        return READERS[name](raw)
    except BadOption as error:
        separator = "" if str(error).startswith(":") else " "
        raise CatalogueError(f"The catalogue's entry {key!r}{separator}{error}.") from error
    except ValueError as error:
        raise CatalogueError(f"The catalogue's entry {key!r}: {name} is {shown(raw)}; it must be {error}.") from error


def _check_whole(entry: CatalogueEntry) -> None:
    """What holds between the keys of one entry."""
    options = entry.options
    wrong = {
        "frame_rates must hold its fps": entry.fps not in entry.frame_rates,
        "a repository needs a licence": bool(entry.repository) and not entry.licence,
        f"a repository needs a pinned revision (hex digits or {LOCKED_REVISION!r})": bool(entry.repository)
        and entry.revision == LOCAL_REVISION,
        "options.sigmas must be as many as its steps": bool(options.sigmas) and len(options.sigmas) != entry.steps,
        "options.renoise needs options.sigmas": options.renoise and not options.sigmas,
        "options.refine_sigmas need an options.upsampler": bool(options.refine_sigmas) and not options.upsampler,
        "options.refine_transformer needs an options.upsampler": bool(options.refine_transformer)
        and not options.upsampler,
        "options.quantization and options.offload exclude each other": bool(options.quantization)
        and bool(options.offload),
        "options.loras from a repository need the entry's own repository": not entry.repository
        and any(lora.repository for lora in options.loras),
        too_much_at_once(entry): bool(too_much_at_once(entry)),
    }
    for sentence, is_wrong in wrong.items():
        if is_wrong:
            raise CatalogueError(f"The catalogue's entry {entry.key!r}: {sentence}.")


def _check_turbo(entry: CatalogueEntry, entries: tuple[CatalogueEntry, ...]) -> None:
    if not entry.turbo_of:
        return
    standard = next((other for other in entries if other.key == entry.turbo_of), None)
    if standard is None or standard is entry or standard.turbo_of:
        raise CatalogueError(
            f"The catalogue's entry {entry.key!r}: turbo_of is {entry.turbo_of!r}; "
            "it must be the key of another entry that is no turbo itself."
        )


def _check_loras(entries: tuple[CatalogueEntry, ...]) -> None:
    """A repository of LoRAs has one folder for all entries, so one revision."""
    known: dict[str, str] = {}
    for entry in entries:
        for lora in entry.options.loras:
            first = known.setdefault(lora.repository, lora.revision)
            if lora.repository and lora.revision != first:
                raise CatalogueError(
                    f"The catalogue's entry {entry.key!r}: options.loras has {lora.repository} at {lora.revision}, "
                    f"and {first} elsewhere; it must be one revision."
                )


READERS: Mapping[str, Reader] = {
    "name": text,
    "description": text,
    "notice": text_or_nothing,
    "engine": pattern(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", '"module:Class"'),
    "checkpoint": pattern(FOLDER, "a folder under MODELS_DIR"),
    "revision": pattern(
        rf"[0-9a-f]{{40}}|[0-9a-f]{{64}}|{LOCAL_REVISION}|{LOCKED_REVISION}",
        f'40 or 64 hex digits, "{LOCAL_REVISION}" or "{LOCKED_REVISION}"',
    ),
    "sizes": several(size, '"WIDTHxHEIGHT"'),
    "seconds": several(whole(1, 60), "seconds"),
    "fps": whole(1, 60),
    "steps": whole(1, 200),
    "guidance": fraction("0", "30"),
    "cost_factor": number("0", "1000"),
    "native_long_side": whole(64, 4096),
    "native_multiple": whole(1, 128),
    "frame_multiple": whole(1, 32),
    "repository": pattern(r"(|[\w.-]+/[\w.-]+)", 'a repository of the Hub, "owner/name", or empty'),
    "licence": text_or_nothing,
    "forbids": text_or_nothing,
    "prompt_languages": several(pattern(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", "language codes such as en"), "language codes"),
    "modes": several(one_of(MODES), "modes"),
    "frame_rates": several(whole(1, 60), "frames a second"),
    "pool": one_of(POOLS),
    "turbo_of": pattern(r"(|[a-z0-9][a-z0-9-]{0,59})", "the key of another entry"),
    "memory_gib": fraction("0", "10000"),
    "max_running": whole(0, 100_000),
    "sound": truth,
    "av1": truth,
    "options": read_options,
}
REQUIRED = frozenset(
    item.name
    for item in fields(CatalogueEntry)
    if item.name != "key" and item.default is MISSING and item.default_factory is MISSING
)
