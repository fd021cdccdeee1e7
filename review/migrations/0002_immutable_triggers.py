"""What the database itself refuses, whoever asks: changing a decision, deciding on one's own work, rewriting rules."""

from django.db import migrations

from common.db import VendorSQL, append_only

DECISION_FINAL = "A decision is immutable: a new one supersedes it."
OWN_WORK = "Nobody decides on their own work."
WRONG_RENDITION = "A decision names renditions of its own video, by their SHA-256."
IN_FORCE = "A policy in force is immutable: publish the next version."

OWNER_OF_NEW = """
    SELECT 1 FROM review_reviewcase c JOIN videos_video v ON v.id = c.video_id
    WHERE c.id = NEW.case_id AND (v.owner_id = NEW.reviewer_id OR c.opened_by_id = NEW.reviewer_id)
"""
MATCH_OF_NEW = """
    SELECT 1 FROM review_decision d
    JOIN review_reviewcase c ON c.id = d.case_id
    JOIN videos_rendition r ON r.video_id = c.video_id
    WHERE d.id = NEW.decision_id AND r.id = NEW.rendition_id AND r.sha256 = NEW.sha256
"""
SQLITE_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
SQLITE_VERSION_IN_FORCE = f"OLD.effective_at <= {SQLITE_NOW}"
SQLITE_REASON_IN_FORCE = f"""EXISTS (
    SELECT 1 FROM review_policyversion v WHERE v.id = OLD.policy_version_id AND v.effective_at <= {SQLITE_NOW}
)"""


def sqlite_abort(name: str, event: str, table: str, when: str, message: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {when} BEGIN SELECT RAISE(ABORT, '{message}'); END"


def sqlite_in_force(table: str, condition: str, same_row: str) -> list[str]:
    """UPDATE and DELETE while in force; and REPLACE INTO, which deletes without firing a DELETE trigger."""
    exists = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR ({same_row}))"
    return [
        sqlite_abort(f"{table}_no_update", "UPDATE", table, condition, IN_FORCE),
        sqlite_abort(f"{table}_no_delete", "DELETE", table, condition, IN_FORCE),
        sqlite_abort(f"{table}_no_replace", "INSERT", table, exists, IN_FORCE),
    ]


def postgresql_function(name: str, condition: str, message: str, returns: str) -> str:
    return f"""
    CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF {condition} THEN
            RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN {returns};
    END $$
    """


def postgresql_in_force(table: str, condition: str) -> list[str]:
    return [
        postgresql_function(
            f"{table}_in_force", condition, IN_FORCE, "CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END"
        ),
        f"CREATE TRIGGER {table}_in_force BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_in_force()",
        postgresql_function(f"{table}_keep", "TRUE", IN_FORCE, "NULL"),
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_keep()",
    ]


class Migration(migrations.Migration):
    dependencies = [("review", "0001_initial"), ("videos", "0001_initial")]

    operations = [
        append_only("review_decision", message=DECISION_FINAL),
        append_only("review_decisionrendition", message=DECISION_FINAL),
        VendorSQL(
            postgresql=[
                postgresql_function("review_not_own_work", f"EXISTS ({OWNER_OF_NEW})", OWN_WORK, "NEW"),
                "CREATE TRIGGER review_decision_not_own_work BEFORE INSERT ON review_decision "
                "FOR EACH ROW EXECUTE FUNCTION review_not_own_work()",
                postgresql_function(
                    "review_true_rendition", f"NOT EXISTS ({MATCH_OF_NEW})", WRONG_RENDITION, "NEW"
                ),
                "CREATE TRIGGER review_decisionrendition_true BEFORE INSERT ON review_decisionrendition "
                "FOR EACH ROW EXECUTE FUNCTION review_true_rendition()",
                *postgresql_in_force("review_policyversion", "OLD.effective_at <= now()"),
                *postgresql_in_force(
                    "review_reasoncode",
                    "EXISTS (SELECT 1 FROM review_policyversion v "
                    "WHERE v.id = OLD.policy_version_id AND v.effective_at <= now())",
                ),
            ],
            sqlite=[
                sqlite_abort(
                    "review_decision_not_own_work", "INSERT", "review_decision", f"EXISTS ({OWNER_OF_NEW})", OWN_WORK
                ),
                sqlite_abort(
                    "review_decision_once",
                    "INSERT",
                    "review_decision",
                    "EXISTS (SELECT 1 FROM review_decision WHERE claim_id = NEW.claim_id "
                    "OR (NEW.supersedes_id IS NOT NULL AND supersedes_id = NEW.supersedes_id))",
                    DECISION_FINAL,
                ),
                sqlite_abort(
                    "review_decisionrendition_true",
                    "INSERT",
                    "review_decisionrendition",
                    f"NOT EXISTS ({MATCH_OF_NEW})",
                    WRONG_RENDITION,
                ),
                sqlite_abort(
                    "review_decisionrendition_once",
                    "INSERT",
                    "review_decisionrendition",
                    "EXISTS (SELECT 1 FROM review_decisionrendition "
                    "WHERE decision_id = NEW.decision_id AND rendition_id = NEW.rendition_id)",
                    DECISION_FINAL,
                ),
                *sqlite_in_force(
                    "review_policyversion",
                    SQLITE_VERSION_IN_FORCE,
                    "policy_id = NEW.policy_id AND number = NEW.number",
                ),
                *sqlite_in_force(
                    "review_reasoncode",
                    SQLITE_REASON_IN_FORCE,
                    "policy_version_id = NEW.policy_version_id AND code = NEW.code",
                ),
            ],
        ),
    ]
