"""`manage.py bootstrap`: what a fresh installation needs. Running it again changes nothing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from web.founding import STEPS


class Command(BaseCommand):
    """Publishes the first terms and policy, makes a cohort, places the models; says what was there already."""

    help = "Publish the first terms and sharing policy, make the first cohort, put the built-in models in place."

    def handle(self, *args: Any, **options: Any) -> None:
        for step in STEPS:
            self.stdout.write(step())
