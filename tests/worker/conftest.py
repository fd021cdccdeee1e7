"""A worker of our own that draws with the fake engine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from generation.worker.process import WorkerProcess
from tests.worker.fake_engine import FakeEngine

CATALOGUE = Path(__file__).with_name("catalogue.toml")


@pytest.fixture
def models(settings, tmp_path: Path) -> Path:
    """The fake models' folder: a file `hold` in it makes them wait at their third step."""
    settings.CATALOGUE_FILE = CATALOGUE
    settings.MODELS_DIR = tmp_path / "models"
    settings.MODELS_DIR.mkdir()
    for seen in (FakeEngine.loaded, FakeEngine.starts, FakeEngine.economised):
        seen.clear()
    return settings.MODELS_DIR


@pytest.fixture
def process(models: Path, settings) -> WorkerProcess:
    """A worker process, less Celery."""
    shutil.rmtree(settings.DATA_DIR / "scratch", ignore_errors=True)
    return WorkerProcess("test worker")
