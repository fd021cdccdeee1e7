"""The one way into the audit log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from django.db import connection, models, transaction

from audit.models import GENESIS, AuditEvent
from common.actors import Actor, System
from common.clock import now
from common.request_context import request_context

# Any fixed number will do: it names the lock under which the chain grows.
CHAIN_LOCK = 0x4441494C_494553
LAST_LINK = "SELECT id, hash FROM audit_auditevent ORDER BY id DESC LIMIT 1"
# Sent together, since everybody who records waits meanwhile; but two statements, for each sees what was committed when
# it began, and the second begins when the lock is ours.
LOCK_AND_LAST_LINK = f"SELECT pg_advisory_xact_lock({CHAIN_LOCK}); {LAST_LINK}"


def record(
    *,
    actor: Actor,
    action: str,
    target: models.Model,
    from_state: str = "",
    to_state: str = "",
    data: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Append one event about `target` inside the caller's transaction.

    Call it last: the chain's lock is held until the transaction ends, so whoever waits for a row lock
    while holding it could wait for somebody who waits for the chain.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An audit event belongs in the transaction of its change.")
    kind, actor_id = ("system", actor.name) if isinstance(actor, System) else ("person", str(actor.pk))
    last_id, last_hash = _hold_end_of_chain()
    event = AuditEvent(
        id=last_id + 1,
        at=now(),
        actor_kind=kind,
        actor_id=actor_id,
        action=action,
        target_type=str(target._meta.model_name),
        target_id=str(target.pk),
        from_state=from_state,
        to_state=to_state,
        data=dict(data or {}),
        context=dict(request_context.get()),
        previous_hash=last_hash,
    )
    event.hash = event_hash(event)
    event.save(force_insert=True)
    return event


def event_hash(event: AuditEvent) -> str:
    """SHA-256 over the canonical JSON (sorted keys, no spaces, UTF-8) of every field but the hash itself."""
    fields = {
        "id": event.id,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_kind": event.actor_kind,
        "actor_id": event.actor_id,
        "action": event.action,
        "target_type": event.target_type,
        "target_id": event.target_id,
        "from_state": event.from_state,
        "to_state": event.to_state,
        "data": event.data,
        "context": event.context,
        "previous_hash": event.previous_hash,
    }
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _hold_end_of_chain() -> tuple[int, str]:
    """Number and hash of the last event; nobody else adds one before this transaction ends."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(LOCK_AND_LAST_LINK)
            cursor.nextset()
        else:
            # SQLite's IMMEDIATE transactions admit one writer at a time, which is the same lock.
            cursor.execute(LAST_LINK)
        return cursor.fetchone() or (0, GENESIS)
