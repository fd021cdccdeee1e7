"""A real installation for each test, and the test's own process pointed at the same models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.installation import CATALOGUE, Installation


@pytest.fixture
def installation(transactional_db: None, settings, tmp_path: Path) -> Iterator[Installation]:
    folder = tmp_path / "installation"
    folder.mkdir()
    settings.CATALOGUE_FILE = CATALOGUE
    with Installation(folder) as started:
        settings.MODELS_DIR = started.models
        yield started
