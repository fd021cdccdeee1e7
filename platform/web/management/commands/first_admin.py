"""`manage.py first_admin you@example.org`: the person who invites everybody else."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services import create_first_admin
from common.errors import DailiesError


class Command(BaseCommand):
    """Makes the first admin with a random password, which is shown here and nowhere else."""

    help = "Make the first programme admin. Refused as soon as there is one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        password = secrets.token_urlsafe(15)
        try:
            user = create_first_admin(email=options["email"], password=password)
        except DailiesError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"{user.email} can sign in with this password, shown only now:\n{password}")
