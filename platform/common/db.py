"""What both databases need and Django does not offer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection, models
from django.db.migrations import RunPython, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation

Row = TypeVar("Row", bound=models.Model)


def compare_and_set(queryset: models.QuerySet[Row], *, expected: dict[str, Any], changes: dict[str, Any]) -> bool:
    """Write `changes` to the one row of `queryset` that still looks as `expected`; False when somebody else won."""
    return queryset.filter(**expected).update(**changes) == 1


def lock(queryset: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """Row locks on PostgreSQL. SQLite's IMMEDIATE transactions already exclude every other writer."""
    return queryset.select_for_update(of=("self",)) if connection.features.has_select_for_update_of else queryset


class VendorSQL(RunPython):
    """A migration step in the SQL of whichever database runs it (triggers are spelled differently in each).

    `sqlite` may be a function of the schema editor, for statements that depend on what the tables look like.
    """

    def __init__(
        self,
        *,
        postgresql: Sequence[str],
        sqlite: Sequence[str] | Callable[[Any], Sequence[str]],
        undo: Sequence[str] = (),
    ) -> None:
        def forwards(apps: Any, schema_editor: Any) -> None:
            statements = {"postgresql": postgresql, "sqlite": sqlite}[schema_editor.connection.vendor]
            _execute(schema_editor, statements(schema_editor) if callable(statements) else statements)

        def backwards(apps: Any, schema_editor: Any) -> None:
            _execute(schema_editor, undo)

        super().__init__(forwards, backwards)


def _execute(schema_editor: Any, statements: Sequence[str]) -> None:
    # A cursor without parameters: '%' in a trigger's text must stay as it is.
    with schema_editor.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


class KeepingTriggers(SeparateDatabaseAndState):
    """Migration steps that change tables, after which every trigger is there as before.

    SQLite changes a table by remaking it: the triggers of the old one go with it, and a trigger of another table that
    looks into it stops the new one from taking its name. PostgreSQL changes it in place.
    """

    def __init__(self, *operations: Operation) -> None:
        super().__init__(database_operations=operations, state_operations=operations)

    def state_forwards(self, app_label: str, state: Any) -> None:
        # Model classes that were made for an earlier step would be made anew after each of ours, with all that refer to
        # them; without them that happens once, when the next step asks for them.
        state.__dict__.pop("apps", None)
        super().state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        with _without_triggers(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        with _without_triggers(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)


@contextmanager
def _without_triggers(schema_editor: Any) -> Iterator[None]:
    """On SQLite no trigger is there meanwhile; on PostgreSQL they stay where they are."""
    if schema_editor.connection.vendor != "sqlite":
        yield
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
    _execute(schema_editor, [f"DROP TRIGGER {name}" for name, _sql in triggers])
    yield
    _execute(schema_editor, [sql for _name, sql in triggers])


def append_only(table: str, *, message: str) -> VendorSQL:
    """A migration step after which rows of `table` can be inserted and never changed, replaced or removed.

    SQLite: `REPLACE INTO` deletes without firing a DELETE trigger, so an insert over any unique key is refused too.
    PostgreSQL: TRUNCATE needs a trigger of its own.
    """
    return VendorSQL(
        postgresql=[
            f"""
            CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$
            """,
            f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_append_only()
            """,
            f"""
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()
            """,
        ],
        sqlite=lambda schema_editor: [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END",
            f"""
            CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
            WHEN EXISTS (SELECT 1 FROM {table} WHERE {_same_key(schema_editor, table)})
            BEGIN SELECT RAISE(ABORT, '{message}'); END
            """,  # noqa: S608  names from migrations, never from outside
            # Before the insert an automatic rowid reads as -1, so a row may not really have one below 1.
            f"""
            CREATE TRIGGER {table}_positive_rowid AFTER INSERT ON {table}
            WHEN NEW.rowid < 1 BEGIN SELECT RAISE(ABORT, '{message}'); END
            """,
        ],
    )


def _same_key(schema_editor: Any, table: str) -> str:
    """The SQLite condition that a row of `table` has any unique key of NEW, its rowid included."""
    conditions = ["rowid = NEW.rowid"]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"PRAGMA index_list({table})")
        unique = [name for _number, name, is_unique, *_rest in cursor.fetchall() if is_unique]
        for name in unique:
            cursor.execute(f"PRAGMA index_info({name})")
            columns = [column for _rank, _cid, column in cursor.fetchall()]
            conditions.append("(" + " AND ".join(f"{column} = NEW.{column}" for column in columns) + ")")
    return " OR ".join(conditions)
