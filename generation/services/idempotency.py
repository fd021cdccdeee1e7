"""A caller's own key makes a request count once: for a day, the same key answers what it made the first time.

Whoever asks holds the lock of the participant's row, so of two requests with one key the second sees what the first
made. The table's unique constraint says the same once more.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Participant
from common.clock import now
from common.errors import DailiesError, FieldError, Invalid
from generation.models import Generation, IdempotencyKey

KEPT = timedelta(hours=24)
SWEPT_AT_ONCE = 10_000
KEY = re.compile(r"[\x21-\x7e]{1,255}")  # visible ASCII
HEADER = "Idempotency-Key"


class KeyReused(DailiesError):
    """The key stands for a request with other parameters."""

    status = 422
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            _("This idempotency key was used for a request with other parameters. Use a new key for a new request.")
        )


def check_key(key: str) -> None:
    """Raise Invalid for a key that cannot be one."""
    if not KEY.fullmatch(key):
        raise Invalid([FieldError(HEADER, _("This is not a key."), _("1 to 255 visible ASCII characters"))])


def fingerprint_of(fields: Mapping[str, Any]) -> str:
    """SHA-256, as hex digits, of a request's parsed fields in one canonical form."""
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def earlier(*, participant: Participant, key: str, fingerprint: str) -> list[Generation] | None:
    """What the key made, in order, or None when it is new. Raises KeyReused when it was for something else."""
    known = IdempotencyKey.objects.filter(participant=participant, key=key).first()
    if known is None:
        return None
    if known.created_at <= now() - KEPT:
        known.delete()  # the sweep had not come yet
        return None
    if known.fingerprint != fingerprint:
        raise KeyReused
    found = Generation.objects.filter(participant=participant).in_bulk(known.generations, field_name="pk")
    by_id = {str(pk): generation for pk, generation in found.items()}
    return [by_id[pk] for pk in known.generations if pk in by_id]


def remember(*, participant: Participant, key: str, fingerprint: str, generations: Sequence[Generation]) -> None:
    """Keep what the key made, in the transaction that made it."""
    ids = [str(generation.pk) for generation in generations]
    IdempotencyKey.objects.create(participant=participant, key=key, fingerprint=fingerprint, generations=ids)


def sweep_keys() -> int:
    """Delete keys whose day is over; the number deleted. No audit: no state of anything changes."""
    old = IdempotencyKey.objects.filter(created_at__lte=now() - KEPT).values_list("pk", flat=True)[:SWEPT_AT_ONCE]
    return IdempotencyKey.objects.filter(pk__in=list(old)).delete()[0]
