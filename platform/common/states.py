"""Transition tables. Each app's `states.py` holds one; services ask it before they write."""

from collections.abc import Mapping
from typing import Generic, TypeVar

State = TypeVar("State", bound=str)


class Transitions(Generic[State]):
    """Which state may follow which."""

    def __init__(self, table: Mapping[State, frozenset[State]]) -> None:
        self._table = dict(table)

    def allows(self, old: State, new: State) -> bool:
        return new in self._table.get(old, frozenset())

    def sources(self, new: State) -> frozenset[State]:
        """The states from which `new` can be reached in one step: the `expected` of a compare-and-set."""
        return frozenset(old for old, targets in self._table.items() if new in targets)

    def is_final(self, state: State) -> bool:
        return not self._table.get(state)
