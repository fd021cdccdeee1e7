"""The database itself holds I3 (allowance = settled + reserved + free) against any SQL.

- Ledger entries are never changed, removed, replaced or truncated.
- A reservation does not overdraw its allowance.
- Settling and releasing together never exceed what was reserved, and happen on the same allowance.
- An allowance keeps its participant and month, and does not fall below what is settled and reserved.

PostgreSQL: each insert takes the lock of the allowance's row, so that movements of one allowance happen one after
another and each sees all before it. That needs READ COMMITTED or SERIALIZABLE: under REPEATABLE READ a statement
would not see what was committed while it waited for the lock, so it is refused there.
SQLite: one writer at a time. `REPLACE` removes rows without firing triggers, so inserting over any key is refused.
Before adding a trigger to a table, know that Django's SQLite schema editor drops triggers when it remakes a table.
"""

from django.db import migrations

from common.db import VendorSQL, append_only

# Set aside or charged: what was reserved less what was given back (settling moves credits, it frees none).
COMMITTED = "SUM(CASE kind WHEN 'reserve' THEN credits WHEN 'release' THEN -credits ELSE 0 END)"

POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION quotas_ledger_insert() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        allowed bigint;
        committed bigint;
        reserved bigint;
        ended bigint;
    BEGIN
        IF current_setting('transaction_isolation') = 'repeatable read' THEN
            RAISE EXCEPTION 'The ledger cannot be written under REPEATABLE READ.'
            USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        SELECT credits INTO allowed FROM quotas_allowance WHERE id = NEW.allowance_id FOR UPDATE;
        IF NEW.kind = 'reserve' THEN
            SELECT COALESCE({COMMITTED}, 0) INTO committed
            FROM quotas_ledgerentry WHERE allowance_id = NEW.allowance_id;
            IF committed + NEW.credits > COALESCE(allowed, 0) THEN
                RAISE EXCEPTION 'A reservation cannot overdraw its allowance.'
                USING ERRCODE = 'integrity_constraint_violation';
            END IF;
        ELSE
            SELECT COALESCE(SUM(credits), -1) INTO reserved FROM quotas_ledgerentry
            WHERE reservation = NEW.reservation AND kind = 'reserve' AND allowance_id = NEW.allowance_id;
            SELECT COALESCE(SUM(credits), 0) INTO ended FROM quotas_ledgerentry
            WHERE reservation = NEW.reservation AND kind <> 'reserve';
            IF ended + NEW.credits > reserved THEN
                RAISE EXCEPTION 'Only what was reserved on this allowance can be settled or released.'
                USING ERRCODE = 'integrity_constraint_violation';
            END IF;
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER quotas_ledger_insert BEFORE INSERT ON quotas_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION quotas_ledger_insert()
    """,
    f"""
    CREATE OR REPLACE FUNCTION quotas_allowance_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE committed bigint;
    BEGIN
        IF TG_OP = 'TRUNCATE' THEN
            RAISE EXCEPTION 'Allowances cannot be truncated.' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF (NEW.id, NEW.participant_id, NEW.starts_at, NEW.ends_at)
        IS DISTINCT FROM (OLD.id, OLD.participant_id, OLD.starts_at, OLD.ends_at) THEN
            RAISE EXCEPTION 'An allowance keeps its participant and its month.'
            USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        SELECT COALESCE({COMMITTED}, 0) INTO committed FROM quotas_ledgerentry WHERE allowance_id = OLD.id;
        IF NEW.credits < OLD.credits AND NEW.credits < committed THEN
            RAISE EXCEPTION 'An allowance cannot fall below what is settled and reserved.'
            USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER quotas_allowance_guard BEFORE UPDATE ON quotas_allowance
    FOR EACH ROW EXECUTE FUNCTION quotas_allowance_guard()
    """,
    """
    CREATE OR REPLACE TRIGGER quotas_allowance_no_truncate BEFORE TRUNCATE ON quotas_allowance
    FOR EACH STATEMENT EXECUTE FUNCTION quotas_allowance_guard()
    """,
]

SQLITE = [
    # SQLite puts -1 into NEW.rowid where the statement names no rowid; a row that claims it is refused below.
    """
    CREATE TRIGGER quotas_ledger_no_replace BEFORE INSERT ON quotas_ledgerentry
    WHEN EXISTS (
        SELECT 1 FROM quotas_ledgerentry
        WHERE rowid = NEW.rowid OR (reservation = NEW.reservation AND kind = NEW.kind)
    )
    BEGIN SELECT RAISE(ABORT, 'The ledger is append-only.'); END
    """,
    """
    CREATE TRIGGER quotas_ledger_plain BEFORE INSERT ON quotas_ledgerentry
    WHEN typeof(NEW.credits) <> 'integer'
    BEGIN SELECT RAISE(ABORT, 'Credits are whole numbers.'); END
    """,
    """
    CREATE TRIGGER quotas_ledger_rowid AFTER INSERT ON quotas_ledgerentry WHEN NEW.rowid < 1
    BEGIN SELECT RAISE(ABORT, 'The ledger is append-only.'); END
    """,
    f"""
    CREATE TRIGGER quotas_ledger_reserve BEFORE INSERT ON quotas_ledgerentry
    WHEN NEW.kind = 'reserve' AND NEW.credits
        + COALESCE((SELECT {COMMITTED} FROM quotas_ledgerentry WHERE allowance_id = NEW.allowance_id), 0)
        > COALESCE((SELECT credits FROM quotas_allowance WHERE id = NEW.allowance_id), 0)
    BEGIN SELECT RAISE(ABORT, 'A reservation cannot overdraw its allowance.'); END
    """,
    """
    CREATE TRIGGER quotas_ledger_end BEFORE INSERT ON quotas_ledgerentry
    WHEN NEW.kind <> 'reserve' AND NEW.credits
        + COALESCE((SELECT SUM(credits) FROM quotas_ledgerentry
                    WHERE reservation = NEW.reservation AND kind <> 'reserve'), 0)
        > COALESCE((SELECT credits FROM quotas_ledgerentry
                    WHERE reservation = NEW.reservation AND kind = 'reserve' AND allowance_id = NEW.allowance_id), -1)
    BEGIN SELECT RAISE(ABORT, 'Only what was reserved on this allowance can be settled or released.'); END
    """,
    """
    CREATE TRIGGER quotas_allowance_no_replace BEFORE INSERT ON quotas_allowance
    WHEN EXISTS (
        SELECT 1 FROM quotas_allowance
        WHERE id = NEW.id OR rowid = NEW.rowid
            OR (participant_id = NEW.participant_id AND starts_at = NEW.starts_at)
    )
    BEGIN SELECT RAISE(ABORT, 'This allowance exists.'); END
    """,
    """
    CREATE TRIGGER quotas_allowance_rowid AFTER INSERT ON quotas_allowance WHEN NEW.rowid < 1
    BEGIN SELECT RAISE(ABORT, 'Allowances are numbered from 1.'); END
    """,
    # PRAGMA foreign_keys may be off in somebody's shell.
    """
    CREATE TRIGGER quotas_allowance_no_delete BEFORE DELETE ON quotas_allowance
    WHEN EXISTS (SELECT 1 FROM quotas_ledgerentry WHERE allowance_id = OLD.id)
    BEGIN SELECT RAISE(ABORT, 'An allowance with entries stays.'); END
    """,
    """
    CREATE TRIGGER quotas_allowance_identity BEFORE UPDATE ON quotas_allowance
    WHEN NEW.id IS NOT OLD.id OR NEW.participant_id IS NOT OLD.participant_id
        OR NEW.starts_at IS NOT OLD.starts_at OR NEW.ends_at IS NOT OLD.ends_at OR NEW.rowid IS NOT OLD.rowid
    BEGIN SELECT RAISE(ABORT, 'An allowance keeps its participant and its month.'); END
    """,
    f"""
    CREATE TRIGGER quotas_allowance_floor BEFORE UPDATE ON quotas_allowance
    WHEN typeof(NEW.credits) <> 'integer' OR NEW.credits < OLD.credits AND NEW.credits
        < COALESCE((SELECT {COMMITTED} FROM quotas_ledgerentry WHERE allowance_id = OLD.id), 0)
    BEGIN SELECT RAISE(ABORT, 'An allowance cannot fall below what is settled and reserved.'); END
    """,
]


class Migration(migrations.Migration):
    dependencies = [("quotas", "0001_initial")]

    operations = [
        append_only("quotas_ledgerentry", message="The ledger is append-only."),
        VendorSQL(postgresql=POSTGRESQL, sqlite=SQLITE),
    ]
