"""Which columns hold a state, and whether each change of one is told by exactly one audit event.

STEPS have events of their own that name them. From one move to the next, the events of a row that name a step must
form one path from what the row held to what it holds now: so a missing event, a second one and an invented one are all
found, and a move that takes two steps (claimed and decided at once) owes two events.

PARTS have no word in the log, because the row is a part of another thing (a claim, of its case) or the column only
marks it (a generation that its artist holds back still waits). One event about that thing tells each change.

NO_STATES are the other columns that could be taken for a state, under why they are none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models

from audit.models import AuditEvent
from tests.architecture.code import apps as folders

Row = dict[str, Any]
Snapshot = dict[tuple[str, str], Row]  # by the label of the model and the id


class Words(NamedTuple):
    """The columns that make a state, and the word that the log has for it."""

    columns: tuple[str, ...]
    of: Callable[[Row], str]


class Part(NamedTuple):
    columns: tuple[str, ...]
    is_told_by: Callable[[Row, AuditEvent], bool]


def column(name: str) -> Words:
    return Words((name,), lambda row: str(row[name]))


def flag(name: str, yes: str, no: str) -> Words:
    return Words((name,), lambda row: yes if row[name] else no)


def dates(first: str, *names: str) -> Words:
    """The row is `first` until one of these moments comes, and then what that one is called."""
    return Words(names, lambda row: next((name.removesuffix("_at") for name in names if row[name]), first))


def of(kind: str, key: str, *columns: str) -> Part:
    """Told by an event about this thing."""
    return Part(columns, lambda row, event: (event.target_type, event.target_id) == (kind, str(row[key])))


def ends_claim(event: AuditEvent) -> bool:
    """Whatever is done with a case ends its claim, but for the claiming, which its own step tells."""
    return event.target_type == "reviewcase" and not (event.to_state == "claimed" != event.from_state)


STEPS = {
    "accounts.User": flag("is_active", "active", "inactive"),
    "accounts.Invitation": dates("open", "accepted_at", "revoked_at"),
    "accounts.ApiToken": dates("live", "revoked_at"),
    "videos.Video": column("enforcement"),
    "videos.Approval": dates("standing", "voided_at"),
    "videos.ShareGrant": dates("live", "revoked_at"),
    "videos.Trim": column("state"),
    "generation.Generation": column("state"),
    "generation.Worker": column("state"),
    "generation.ModelSwitch": flag("is_on", "on", "off"),
    "review.ReviewCase": column("state"),
    "review.ReviewQueue": dates("open", "retired_at"),
    "review.Appeal": column("state"),
    "review.BulkDecision": column("state"),
    "review.Comment": dates("standing", "removed_at"),
    "review.Interest": dates("declared", "ended_at"),
    "review.GoldenItem": dates("live", "retired_at"),
    "review.CalibrationRound": dates("open", "closed_at"),
}
BORN_WITH_ANOTHER = {"accounts.User"}  # with the invitation, whose event tells it

PARTS = {
    "generation.Generation": of("generation", "id", "cancel_requested_at", "held_at"),
    "generation.Attempt": of("generation", "generation_id", "state"),
    "review.ReviewCase": of("reviewcase", "id", "overdue_at", "held_until"),
    "review.Claim": Part(
        ("ended_at",), lambda row, event: ends_claim(event) and event.target_id == str(row["case_id"])
    ),
    # New captions end the old ones with the one event of the new.
    "videos.Rendition": Part(
        ("replaced_at",),
        lambda row, event: event.action.startswith("captions.") and event.data["video"] == str(row["video_id"]),
    ),
}

NO_STATES = {
    "Chosen when the row is made, and never again": """
        accounts.User.staff_role accounts.Invitation.staff_role accounts.Invitation.participant_role
        accounts.Participant.role generation.Generation.mode generation.Generation.relation review.ReviewCase.kind
        review.ReasonCode.category review.Decision.automated_detection review.Decision.appeal_until""",
    "The moment or the reason of a step that a state beside it names": """
        videos.Trim.failure videos.Trim.finished_at generation.Generation.started_at
        generation.Generation.resumed_at generation.Generation.finished_at generation.Attempt.ended_at
        generation.Attempt.cancelled_by generation.Attempt.is_suspect generation.Worker.state_since
        review.ReviewCase.closed_at review.ReviewCase.escalated_at review.Appeal.closed_at
        review.BulkDecision.confirmed_at review.BulkDecision.applies_at review.BulkDecision.closed_at
        review.Answer.promised_at""",
    "How far a machine is with its work, which nobody decided": """
        videos.Trim.lease_until generation.Worker.stopped_at generation.Attempt.is_decoded
        review.Signal.state review.Signal.fired review.Signal.finished_at""",
    "What has been noticed or sent": """
        accounts.User.last_login accounts.ApiToken.last_used_at notifications.Notification.read_at
        notifications.Notification.emailed_at notifications.Notification.sending_since review.Report.told_at""",
    "How something is set, which has an event without words": """
        review.ReviewQueue.leads_only review.ReviewerPreferences.blurred review.ReviewerPreferences.greyscale
        review.ReviewerPreferences.muted review.ReviewerPreferences.paused review.ReviewerPreferences.small""",
}


def columns() -> dict[str, models.Field[Any, Any]]:
    ours = {folder.name for folder in folders()}
    tables = (model._meta for model in apps.get_models() if model._meta.app_label in ours)
    return {f"{table.label}.{field.name}": field for table in tables for field in table.concrete_fields}


def could_be_states() -> set[str]:
    """Columns that change as a row goes its way: a choice with a first value, a moment that may come, a flag."""
    return {
        name
        for name, field in columns().items()
        if (field.choices and field.has_default())
        or (isinstance(field, models.DateTimeField) and field.null)
        or isinstance(field, models.BooleanField)
    }


def spoken_of() -> set[str]:
    """Each column that one of the tables above speaks of."""
    told = {f"{label}.{name}" for table in (STEPS, PARTS) for label, one in table.items() for name in one.columns}
    return told.union(*(names.split() for names in NO_STATES.values()))


def snapshot() -> Snapshot:
    """Every row that has a state, as it is now."""
    return {
        (label, str(row["id"])): row
        for label in STEPS.keys() | PARTS.keys()
        for row in apps.get_model(label)._base_manager.values()
    }


def untold(before: Snapshot, after: Snapshot, events: list[AuditEvent]) -> Iterator[str]:
    """What the events since `before` do not say, say twice, or make up."""
    said = defaultdict(list)
    for event in events:
        if event.from_state != event.to_state:
            said[event.target_type, event.target_id].append((event.from_state, event.to_state))
    for label, pk in before.keys() | after.keys():
        old, new = before.get((label, pk), {}), after.get((label, pk), {})
        if label in STEPS and (old or label not in BORN_WITH_ANOTHER):
            left, reached = (STEPS[label].of(row) if row else "" for row in (old, new))
            steps = said[label.rpartition(".")[2].lower(), pk]
            if not is_path(left, steps, reached):
                yield f"{label} went from {left!r} to {reached!r}, and its events say {steps}"
        if label in PARTS and any(old.get(name) != new.get(name) for name in PARTS[label].columns):
            told = [event.action for event in events if PARTS[label].is_told_by(new or old, event)]
            if len(told) != 1:
                yield f"{label} changed one of its {PARTS[label].columns}, and what tells it is {told}"


def is_path(start: str, steps: list[tuple[str, str]], end: str) -> bool:
    """Whether each step begins where the one before it ended."""
    places = [place for step in [("", start), *steps, (end, "")] for place in step][1:-1]
    return all(places[index] == places[index + 1] for index in range(0, len(places), 2))
