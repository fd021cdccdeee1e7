"""`manage.py audit_verify`: does the audit log still say what was written?"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.models import AuditEvent
from audit.verification import verify


class Command(BaseCommand):
    help = "Check the audit log's hash chain and name the first break. Exit code 1 when there is one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--checkpoint",
            metavar="ID:HASH",
            help="A line that an earlier run printed and you kept elsewhere: shows a cut-off tail.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        checkpoint = self._checkpoint(options["checkpoint"])
        verdict = verify(AuditEvent.objects.order_by("id").iterator(chunk_size=2000), checkpoint=checkpoint)
        if verdict.first_break:
            raise CommandError(
                f"The chain breaks at event {verdict.first_break.event_id}: {verdict.first_break.problem}. "
                f"{verdict.events} events before it are sound."
            )
        self.stdout.write(f"The chain holds: {verdict.events} events.")
        self.stdout.write(f"Checkpoint {verdict.events}:{verdict.last_hash}")

    def _checkpoint(self, text: str | None) -> tuple[int, str] | None:
        if not text:
            return None
        number, _, digest = text.partition(":")
        if not number.isdecimal() or len(digest) != 64:
            raise CommandError("--checkpoint must look like 120:9f86d0… (an event's number and its 64-digit hash).")
        return int(number), digest
