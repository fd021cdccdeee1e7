"""Which tests share one process when pytest-xdist spreads them over several.

Tests of one of `TOGETHER`'s folders run in one process, one after the other: two browsers that start at the same moment
hold each other up, two demos each make a house for themselves, and the demo model's tests share a classifier that is
trained first. Everything else is given out test by test.

xdist's own `--dist loadgroup` does this by a mark; its 3.8.0 appends the group to a private attribute of the item that
pytest 9.2 no longer reads, so the mark is silently without effect.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

TOGETHER = ("tests/e2e/", "tests/demo/", "tests/generation/demo_model/")


class ByFolder(LoadScopeScheduling):
    """Work units are folders for `TOGETHER`, single tests otherwise; the largest units go out first."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:
        """As xdist's own, and a finished unit is forgotten: it would be counted again after each later test."""
        test = self.registered_collections[node][item_index]
        units, name = self.assigned_work[node], self._split_scope(test)
        units[name][test] = True
        if all(units[name].values()):
            del units[name]
        self._reschedule(node)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    return ByFolder(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser's test elsewhere would start a second browser beside the first."""
    for item in items:
        if item.get_closest_marker("browser") and not item.nodeid.startswith(TOGETHER):
            raise pytest.UsageError(f"{item.nodeid} is marked browser: its place is {TOGETHER[0]}")
