"""`manage.py simulate_queue`: a day of the queue at another size, as a report."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from generation.simulation.scenario import Scenario


class Command(BaseCommand):
    help = "Simulate a day of the fair queue: waits by cohort, busy GPUs, starvation. Touches no database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--artists", type=int, default=10_000)
        parser.add_argument("--gpus", type=int, default=500)
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same report")
        parser.add_argument(
            "--out", type=Path, metavar="FILE", help="write the report as Markdown, its chart beside it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["artists"] < 1 or options["gpus"] < 1:
            raise CommandError("--artists and --gpus must be at least 1.")
        try:
            from generation.simulation.report import drawing, report, summary
            from generation.simulation.world import simulate
        except ModuleNotFoundError as error:
            raise CommandError(f"The simulation needs the development extra's packages: {error}.") from error
        scenario = Scenario()
        if (options["artists"], options["gpus"]) != (10_000, 500):
            scenario = scenario.scaled(artists=options["artists"], gpus=options["gpus"])
        day = simulate(scenario, seed=options["seed"])
        if options["out"]:
            picture = options["out"].with_suffix(".svg")
            picture.write_text(drawing(day), encoding="utf-8")
            options["out"].write_text(report(day, seed=options["seed"], picture=picture.name), encoding="utf-8")
            self.stdout.write(f"Written to {options['out']} and {picture}.")
        self.stdout.write(summary(day))
