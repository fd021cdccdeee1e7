"""Who does a thing: a person, or a named part of the system. Never nobody."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


class Person(Protocol):
    """What the layers below `accounts` need to know of a user."""

    @property
    def pk(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class System:
    """A part of the programme that acts by itself, for example `System("reaper")`."""

    name: str


Actor = Person | System
