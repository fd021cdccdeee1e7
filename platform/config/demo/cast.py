"""Who is who in the demo, and the file that keeps their passwords. Knows nothing of Django."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NamedTuple

FILE = "demo-people.json"


class Role(NamedTuple):
    """One person of the demo."""

    title: str
    name: str

    @property
    def email(self) -> str:
        return f"{self.name.lower()}@dailies.example"


ADMIN = Role("Programme admin", "Ada")
REVIEWERS = (Role("Reviewer", "Robin"), Role("Reviewer", "Sasha"))
ARTISTS = (Role("Artist", "Mira"), Role("Artist", "Noor"))
# The admin comes first: she invites the others.
CAST = (ADMIN, *REVIEWERS, *ARTISTS)


class SignIn(NamedTuple):
    """What one person signs in with."""

    title: str
    email: str
    password: str


def read_sign_ins(folder: Path) -> list[SignIn]:
    """The sign-ins that were kept; none before the first start."""
    file = folder / FILE
    return [SignIn(**row) for row in json.loads(file.read_text())] if file.exists() else []


def write_sign_ins(folder: Path, people: list[SignIn]) -> None:
    """Keep them where only we can read them; all or nothing."""
    fresh = folder / f"{FILE}.new"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump([person._asdict() for person in people], out, indent=2)
    fresh.replace(folder / FILE)
