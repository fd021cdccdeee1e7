"""`python -m tests.benchmarks.artists 5`: makes artists in the house whose environment this is; prints their tokens."""

from __future__ import annotations

import json
import sys

import django


def main(count: int) -> None:
    django.setup()
    from accounts.models import Cohort
    from accounts.services import create_token
    from accounts.states import Scope
    from tests.factories import ParticipantFactory

    cohort = Cohort.objects.create(name="Five users", monthly_credits=1_000_000, max_queued=100)
    tokens = []
    for number in range(count):
        artist = ParticipantFactory(cohort=cohort, user__email=f"user{number}@example.org").user
        scopes = [Scope.GENERATIONS_READ, Scope.GENERATIONS_WRITE]
        token, plaintext = create_token(actor=artist, name="benchmark", scopes=scopes)
        # An admin grants this one: it takes private bytes away.
        token.scopes = [*token.scopes, Scope.MEDIA_PRIVATE]
        token.save(update_fields=["scopes"])
        tokens.append(plaintext)
    sys.stdout.write(json.dumps(tokens))


if __name__ == "__main__":
    main(int(sys.argv[1]))
