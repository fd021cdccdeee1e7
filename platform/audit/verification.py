"""Walks the audit chain. Needs nothing but the rows, so that an exported log can be checked far from here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from audit.models import GENESIS, AuditEvent
from audit.services import event_hash


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold."""

    event_id: int
    problem: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the chain was walked, its last hash (a checkpoint to keep elsewhere), and the first break if any."""

    events: int
    last_hash: str
    first_break: Break | None


def verify(events: Iterable[AuditEvent], *, checkpoint: tuple[int, str] | None = None) -> Verdict:
    """Check numbers, links and hashes in order, stopping at the first break.

    `checkpoint` is an (event id, hash) noted earlier: a chain alone cannot show that its tail was cut off.
    """
    expected_id, previous_hash = 1, GENESIS
    for event in events:
        problem = _problem_with(event, expected_id, previous_hash, checkpoint)
        if problem:
            return Verdict(expected_id - 1, previous_hash, Break(expected_id, problem))
        expected_id, previous_hash = event.id + 1, event.hash
    if checkpoint and checkpoint[0] >= expected_id:
        missing = _("the log ends before the checkpoint")
        return Verdict(expected_id - 1, previous_hash, Break(expected_id, missing))
    return Verdict(expected_id - 1, previous_hash, None)


def _problem_with(event: AuditEvent, expected_id: int, previous_hash: str, checkpoint: tuple[int, str] | None) -> str:
    if event.id != expected_id:
        return _("event %(expected)d is missing; the next one is %(found)d") % {
            "expected": expected_id,
            "found": event.id,
        }
    if event.previous_hash != previous_hash:
        return _("it does not follow from the event before it")
    if event_hash(event) != event.hash:
        return _("its content does not match its hash")
    if checkpoint and checkpoint[0] == event.id and checkpoint[1] != event.hash:
        return _("its hash differs from the checkpoint")
    return ""
