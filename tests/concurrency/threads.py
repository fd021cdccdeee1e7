"""Many at once, on PostgreSQL: threads with a connection each, let go together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.db import connection


def at_once(*actions: Callable[[], Any]) -> list[Any]:
    """What each of the actions returned or raised, in their order."""
    gate = threading.Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        try:
            gate.wait(10)
            return action()
        except Exception as error:  # noqa: BLE001  the races that we provoke are what we want to see
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def so_many(number: int, action: Callable[[int], Any]) -> list[Any]:
    """`action(0)` to `action(number - 1)` at once."""
    return at_once(*(partial(action, index) for index in range(number)))
