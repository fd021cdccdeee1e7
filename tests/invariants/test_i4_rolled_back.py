"""I4, the other half: a change whose audit event cannot be written is not made.

Every move of `moves` is tried with a log that fails at its first event, then at its second one, and so on; each time
not a row has changed. At last it is let through. Whoever adds a service that records something adds a move there.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

import audit.services
from tests.invariants.moves import CHAPTERS
from tests.invariants.moves.recording import Site, site_of, sites

pytestmark = pytest.mark.django_db

hold_end_of_chain = audit.services._hold_end_of_chain


class LogAway(Exception):
    """The audit log cannot be written."""


class FailingLog:
    """Fails at one event of a move, and knows who wanted to write it."""

    def __init__(self) -> None:
        self.refused: set[Site] = set()
        self.tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        self._left = 0

    @contextmanager
    def failing_at(self, number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        self._left = number
        with monkeypatch.context() as patched:
            patched.setattr(audit.services, "_hold_end_of_chain", self._append)
            yield

    def _append(self) -> tuple[int, str]:
        self._left -= 1
        if not self._left:
            self.refused.add(site_of(sys._getframe(2)))
            raise LogAway
        return hold_end_of_chain()


def rows(tables: list[str]) -> Counter[tuple[str, str]]:
    """All that the database holds, as (table, row)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # one question, since each is a journey
            cursor.execute(" UNION ALL ".join(f"""SELECT '{one}', "row"::text FROM "{one}" "row\"""" for one in tables))
            return Counter(cursor.fetchall())
        return Counter(
            (one, repr(row)) for one in tables for row in cursor.execute(f'SELECT * FROM "{one}"').fetchall()
        )


def play(move: partial[Any], log: FailingLog, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let it fail at each of its events; what it returns when the log holds."""
    before, number = rows(log.tables), 1
    while True:
        try:
            with log.failing_at(number, monkeypatch):
                result = move()
        except LogAway:
            after = rows(log.tables)
            changed = {table for table, _row in (before - after) | (after - before)}
            assert not changed, f"{move.func.__qualname__} without its event {number} left something in {changed}"
            number += 1
        else:
            assert number > 1, f"{move.func.__qualname__} records nothing"
            return result


def test_a_change_without_its_event_is_not_made(monkeypatch, settings):
    settings.WORKER_MOST_FAULTS = 2
    log = FailingLog()
    for chapter in CHAPTERS:
        moves, result, empty = chapter(), None, transaction.savepoint()
        with suppress(StopIteration):
            while True:
                result = play(moves.send(result), log, monkeypatch)
        transaction.savepoint_rollback(empty)
    assert sites() - log.refused == set(), "These record an event, and no move in tests/invariants/moves tries them."
