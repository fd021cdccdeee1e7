"""The log can only grow, and `audit_verify` names the first place where it was tampered with."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from audit.models import AuditEvent
from audit.services import event_hash, record
from audit.verification import verify
from common.actors import System
from tests.factories import CohortFactory

pytestmark = pytest.mark.django_db

TABLE = "audit_auditevent"


@pytest.fixture
def log() -> list[AuditEvent]:
    cohort = CohortFactory()
    with transaction.atomic():
        return [
            record(actor=System("test"), action=f"test.step{n}", target=cohort, data={"n": n, "word": "für"})
            for n in range(5)
        ]


def without_triggers(statement: str, parameters: list[object] | None = None) -> None:
    """What somebody could do who owns the database."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
            cursor.execute(statement, parameters)
            cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(statement, parameters)
        for _name, sql in triggers:
            cursor.execute(sql)


def first_break() -> int | None:
    verdict = verify(AuditEvent.objects.order_by("id"))
    return verdict.first_break.event_id if verdict.first_break else None


def test_a_fresh_log_verifies_after_a_round_trip_through_the_database(log: list[AuditEvent]) -> None:
    assert first_break() is None
    assert [event.id for event in AuditEvent.objects.order_by("id")] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "attack",
    [
        f"UPDATE {TABLE} SET action = 'other' WHERE id = 2",
        f"DELETE FROM {TABLE} WHERE id = 5",
        f"DELETE FROM {TABLE}",
    ],
)
def test_sql_cannot_change_or_delete_a_row(log: list[AuditEvent], attack: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
    assert AuditEvent.objects.count() == 5


@pytest.mark.postgresql  # SQLite spells it DELETE, tried above
def test_sql_cannot_truncate(log: list[AuditEvent]) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLE}")
    assert AuditEvent.objects.count() == 5


@pytest.mark.usefixtures("plain_shell")
@pytest.mark.parametrize("key", ["id", "hash", "previous_hash"])
def test_sql_cannot_insert_over_a_row_by_any_of_its_keys(log: list[AuditEvent], key: str) -> None:
    """SQLite's REPLACE would remove the row that has the key without any DELETE trigger firing."""
    values = {"id": 6, "hash": "a" * 64, "previous_hash": "b" * 64} | {
        key: AuditEvent.objects.values_list(key, flat=True).get(id=2)
    }
    columns = [field.column for field in AuditEvent._meta.fields]
    chosen = ", ".join(f"'{values[column]}'" if column in values else column for column in columns)
    verb = "REPLACE" if connection.vendor == "sqlite" else "INSERT"
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{verb} INTO {TABLE} ({', '.join(columns)}) SELECT {chosen} FROM {TABLE} WHERE id = 1")
    assert AuditEvent.objects.filter(id=2).exists()
    assert AuditEvent.objects.count() == 5


@pytest.mark.sqlite
@pytest.mark.usefixtures("plain_shell")
def test_no_other_trigger_would_refuse_a_replace(log: list[AuditEvent]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {TABLE}_no_replace")
        cursor.execute(f"REPLACE INTO {TABLE} SELECT * FROM {TABLE} WHERE id = 2")
        assert cursor.rowcount == 1


def test_the_orm_cannot_change_a_row(log: list[AuditEvent]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.filter(id=1).update(action="other")


def test_two_events_cannot_follow_the_same_one(log: list[AuditEvent]) -> None:
    fork = AuditEvent.objects.get(id=3)
    fork.id, fork.hash = 6, "f" * 64
    with pytest.raises(IntegrityError), transaction.atomic():
        fork.save(force_insert=True)


@pytest.mark.parametrize("column", ["action", "actor_id", "target_id", "to_state", "data", "context"])
def test_a_changed_column_is_named(log: list[AuditEvent], column: str) -> None:
    value = '{"n": 99}' if column in {"data", "context"} else "other"
    without_triggers(f"UPDATE {TABLE} SET {column} = %s WHERE id = 3", [value])
    assert first_break() == 3


def test_a_removed_row_is_named(log: list[AuditEvent]) -> None:
    without_triggers(f"DELETE FROM {TABLE} WHERE id = 3")
    assert first_break() == 3
    with pytest.raises(CommandError, match="breaks at event 3: event 3 is missing"):
        call_command("audit_verify")


def test_a_forged_row_with_a_matching_hash_breaks_the_next_link(log: list[AuditEvent]) -> None:
    forged = AuditEvent.objects.get(id=2)
    forged.action = "other"
    without_triggers(f"UPDATE {TABLE} SET action = %s, hash = %s WHERE id = 2", ["other", event_hash(forged)])
    assert first_break() == 3


def test_a_cut_tail_shows_against_a_checkpoint(log: list[AuditEvent], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit_verify")
    checkpoint = capsys.readouterr().out.split("Checkpoint ")[1].strip()
    without_triggers(f"DELETE FROM {TABLE} WHERE id >= 4")
    call_command("audit_verify")  # the chain alone cannot know
    with pytest.raises(CommandError, match="ends before the checkpoint"):
        call_command("audit_verify", checkpoint=checkpoint)


def test_an_event_outside_a_transaction_is_refused(transactional_db: None) -> None:
    cohort = CohortFactory()
    with pytest.raises(transaction.TransactionManagementError):
        record(actor=System("test"), action="test.alone", target=cohort)
