"""Runs every benchmark, or those named, in a house of its own: SQLite, the project's Redis, a temporary folder."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

BENCHMARKS = ("encoding", "queue", "gradio_users", "claims", "review", "fair", "cancel", "recovery", "signals")
RESULT = Path(__file__).resolve().parents[2] / "bench.json"


def main(names: list[str]) -> int:
    """Print the table, write bench.json; 2 when there is no such benchmark. A missed goal is no failure of the run."""
    if unknown := set(names) - set(BENCHMARKS):
        sys.stderr.write(f"No benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}.\n")
        return 2
    os.environ.pop("DATABASE_URL", None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    # After the settings, which made the data folder.
    from django.conf import settings

    from common.embedded_redis import EmbeddedRedis
    from tests.benchmarks.figures import begin, keep, table

    with EmbeddedRedis(settings.DATA_DIR), tempfile.TemporaryDirectory() as folder:
        _furnish()
        begin(names, RESULT)
        measured = []
        for name in names or BENCHMARKS:
            sys.stderr.write(f"Measuring: {name} …\n")
            started = time.monotonic()
            found = import_module(f"tests.benchmarks.{name}").figures(Path(folder))
            # At once: what a later one breaks must not cost the minutes of the earlier ones.
            keep(found, RESULT)
            measured += found
            sys.stderr.write(f"    took {time.monotonic() - started:.0f} s\n")
    sys.stdout.write(table(measured) + "\n")
    return 0


def _furnish() -> None:
    """The database's tables and the sketch model."""
    from django.conf import settings
    from django.core.management import call_command

    from generation.engines import sketch

    call_command("migrate", verbosity=0)
    sketch.build(settings.MODELS_DIR)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
