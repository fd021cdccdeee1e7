"""The schema of the whole API, by drf-spectacular's own measure."""

from __future__ import annotations

from pathlib import Path

from django.core.management import call_command
from drf_spectacular.drainage import GENERATOR_STATS


def test_the_schema_is_valid_and_nothing_in_it_is_guessed(tmp_path: Path) -> None:
    """It warns of every view whose answer, and of every field whose type, it could not tell."""
    GENERATOR_STATS.reset()  # what another test met
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", tmp_path / "schema.yaml")
