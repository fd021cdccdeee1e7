"""What several files here need, and make once."""

from __future__ import annotations

import pytest

from generation.demo_model.evaluation.shapes import ShapeClassifier


@pytest.fixture(scope="package")
def classifier() -> ShapeClassifier:
    return ShapeClassifier(steps=60)  # right on 98 %
