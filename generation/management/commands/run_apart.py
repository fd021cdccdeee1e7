"""`manage.py run_apart ID`: what a worker starts for an attempt that may end its process."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.models import Attempt
from generation.states import AttemptState
from generation.worker.apart import serve


class Command(BaseCommand):
    help = "Run one attempt that a worker has claimed; workers start this by themselves."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("attempt", help="its id")

    def handle(self, *args: Any, **options: Any) -> None:
        running = Attempt.objects.filter(state=AttemptState.RUNNING).select_related(
            "worker", "generation__participant__cohort"
        )
        attempt = running.filter(pk=options["attempt"]).first()
        if attempt is None:
            raise CommandError("There is no such attempt under way.")
        serve(attempt)
