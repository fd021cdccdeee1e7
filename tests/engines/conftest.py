"""What is slow to make is made once for all tests of engines in this process."""

from __future__ import annotations

import pytest

from tests.engines.families import Stable


@pytest.fixture(scope="session")
def stable(tmp_path_factory: pytest.TempPathFactory) -> Stable:
    return Stable(tmp_path_factory.mktemp("tiny"))
