"""The browser of this folder's tests, and what each of them owes axe."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from tests.browsing import LOOKED_AT, browser, person  # noqa: F401  fixtures among them
from tests.e2e.pages import AXE


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """A test that is down for a page has axe look at it."""
    LOOKED_AT.clear()
    result = yield
    itself = f"{pyfuncitem.path.name}::{pyfuncitem.originalname}"
    owed = {name for name, test in AXE.items() if test == itself}
    assert owed <= LOOKED_AT, f"axe has not looked at {sorted(owed - LOOKED_AT)}: see tests/e2e/pages.py"
    return result
