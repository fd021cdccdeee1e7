"""The database itself holds I2: a live share serves exactly the bytes that somebody other than the owner approved.

- A live share needs a standing approval of its video by another person, of the share copy at least, while the video is
  shareable; everything that the approval names is a file of this video with the named hash, and never the original.
- While a share is live, its approval stands, names nothing new, and its video stays shareable.
- What an approval says, what a rendition's bytes are, whose a video is, and where a share lives never change.
  A voided approval and a revoked share stay so.

PostgreSQL: each rule that looks at other rows locks the video's row first, so that a share and a take-down happen one
after the other and the second sees the first. Above READ COMMITTED it would look at a snapshot from before it waited
for the lock (SERIALIZABLE too, when the other one isn't), so that is refused.
SQLite: one writer at a time. `REPLACE` (and `UPDATE OR REPLACE`) removes rows without firing triggers: inserting over
a key and changing one are refused. Django's SQLite schema editor drops the triggers of a table that it remakes:
a later migration of these tables has to put them back (the tests of I2 notice).
"""

from dataclasses import dataclass

from django.db import migrations

from common.db import VendorSQL, append_only

LIVE_SHARE_OF_APPROVAL = (
    "EXISTS (SELECT 1 FROM videos_sharegrant g WHERE g.approval_id = {row}.{column} AND g.revoked_at IS NULL)"
)


@dataclass(frozen=True)
class Rule:
    """A trigger that refuses `event` on `table` when one of `refusals` (condition, sentence) holds."""

    name: str
    table: str
    event: str
    refusals: tuple
    locks_video: str = ""  # an SQL expression: the id of the video to lock first

    @property
    def row(self):
        return "OLD" if self.event == "DELETE" else "NEW"

    def postgresql(self):
        lock = ""
        if self.locks_video:
            lock = f"""
                IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
                    RAISE EXCEPTION 'Shares and approvals are written under READ COMMITTED.'
                    USING ERRCODE = 'integrity_constraint_violation';
                END IF;
                PERFORM 1 FROM videos_video v WHERE v.id = {self.locks_video} FOR NO KEY UPDATE;
            """
        checks = "".join(
            f"""
                IF {condition} THEN
                    RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation';
                END IF;
            """
            for condition, sentence in self.refusals
        )
        return [
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN {lock} {checks} RETURN {self.row}; END $$",
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self.name}()",
        ]

    def sqlite(self):
        # One trigger with the cases in order: SQLite runs several triggers in an order of its own.
        cases = " ".join(f"WHEN {condition} THEN RAISE(ABORT, '{sentence}')" for condition, sentence in self.refusals)
        return [f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} BEGIN SELECT CASE {cases} END; END"]


def changes(*columns):
    return "(" + " OR ".join(f"NEW.{column} <> OLD.{column}" for column in columns) + ")"


LIVE = "NEW.revoked_at IS NULL AND "
SHARE_REFUSALS = (
    (
        LIVE
        + """NOT EXISTS (
            SELECT 1 FROM videos_approval a JOIN videos_video v ON v.id = a.video_id
            WHERE a.id = NEW.approval_id AND a.video_id = NEW.video_id AND a.voided_at IS NULL
            AND a.approver_id <> v.owner_id AND v.enforcement = 'shareable')""",
        "A live share needs a standing approval of its shareable video by somebody other than the owner.",
    ),
    (
        LIVE
        + """NOT EXISTS (
            SELECT 1 FROM videos_approvedrendition n JOIN videos_rendition r ON r.id = n.rendition_id
            WHERE n.approval_id = NEW.approval_id AND r.video_id = NEW.video_id AND r.kind = 'share_copy')""",
        "A live share needs an approval of the share copy.",
    ),
    (
        LIVE
        + """EXISTS (
            SELECT 1 FROM videos_approvedrendition n LEFT JOIN videos_rendition r ON r.id = n.rendition_id
            WHERE n.approval_id = NEW.approval_id
            AND (r.id IS NULL OR r.video_id <> NEW.video_id OR r.sha256 <> n.sha256 OR r.kind = 'original'))""",
        "A live share needs an approval of exactly the bytes of this video, and never of its original.",
    ),
)

RULES = (
    Rule("videos_share_insert", "videos_sharegrant", "INSERT", SHARE_REFUSALS, locks_video="NEW.video_id"),
    Rule(
        "videos_share_update",
        "videos_sharegrant",
        "UPDATE",
        (
            (changes("id", "video_id", "approval_id", "token"), "A share keeps its video, its approval, its address."),
            ("OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NULL", "A revoked share stays revoked."),
            *SHARE_REFUSALS,
        ),
        locks_video="NEW.video_id",
    ),
    Rule("videos_share_delete", "videos_sharegrant", "DELETE", (("TRUE", "A share is revoked, and never deleted."),)),
    Rule(
        "videos_approval_insert",
        "videos_approval",
        "INSERT",
        (
            (
                "EXISTS (SELECT 1 FROM videos_video v WHERE v.id = NEW.video_id AND v.owner_id = NEW.approver_id)",
                "Nobody approves their own video.",
            ),
        ),
    ),
    Rule(
        "videos_approval_update",
        "videos_approval",
        "UPDATE",
        (
            (changes("id", "video_id", "approver_id", "decision_id", "approved_at"), "An approval is immutable."),
            (
                "OLD.voided_at IS NOT NULL AND (NEW.voided_at IS NULL OR NEW.voided_at <> OLD.voided_at)",
                "A voided approval stays voided.",
            ),
            (
                "OLD.voided_at IS NULL AND NEW.voided_at IS NOT NULL AND "
                + LIVE_SHARE_OF_APPROVAL.format(row="OLD", column="id"),
                "An approval stands while a share rests on it.",
            ),
        ),
        locks_video="NEW.video_id",
    ),
    Rule(
        "videos_approval_delete", "videos_approval", "DELETE", (("TRUE", "An approval is voided, and never deleted."),)
    ),
    Rule(
        "videos_named_insert",
        "videos_approvedrendition",
        "INSERT",
        (
            (
                LIVE_SHARE_OF_APPROVAL.format(row="NEW", column="approval_id"),
                "An approval names nothing new while a share rests on it.",
            ),
        ),
        locks_video="(SELECT a.video_id FROM videos_approval a WHERE a.id = NEW.approval_id)",
    ),
    Rule(
        "videos_rendition_update",
        "videos_rendition",
        "UPDATE",
        (
            (
                changes("id", "video_id", "kind", "storage_key", "sha256", "size", "content_type"),
                "A rendition is immutable: other bytes are another rendition.",
            ),
        ),
    ),
    Rule(
        "videos_rendition_delete",
        "videos_rendition",
        "DELETE",
        (
            (
                "EXISTS (SELECT 1 FROM videos_approvedrendition n WHERE n.rendition_id = OLD.id)",
                "A rendition that an approval names stays.",
            ),
        ),
    ),
    Rule(
        "videos_video_update",
        "videos_video",
        "UPDATE",
        (
            (changes("id", "owner_id"), "A video keeps its owner."),
            (
                "OLD.enforcement = 'shareable' AND NEW.enforcement <> 'shareable' AND EXISTS ("
                "SELECT 1 FROM videos_sharegrant g WHERE g.video_id = OLD.id AND g.revoked_at IS NULL)",
                "A video stays shareable while it is shared.",
            ),
        ),
        locks_video="OLD.id",
    ),
)

# What REPLACE could push out, by table: the rows that a new one may not coincide with. (`append_only` has its own.)
KEYS = {
    "videos_video": "t.id = NEW.id",
    "videos_rendition": "t.id = NEW.id OR t.storage_key = NEW.storage_key"
    " OR (t.video_id = NEW.video_id AND t.kind = NEW.kind)",
    "videos_approval": "t.id = NEW.id OR t.decision_id = NEW.decision_id"
    " OR (t.video_id = NEW.video_id AND t.voided_at IS NULL AND NEW.voided_at IS NULL)",
    "videos_sharegrant": "t.id = NEW.id OR t.token = NEW.token"
    " OR (t.video_id = NEW.video_id AND t.revoked_at IS NULL AND NEW.revoked_at IS NULL)",
}


def sqlite_no_replace(table, same):
    yield (
        f"CREATE TRIGGER {table}_not_over BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} t WHERE t.rowid = NEW.rowid OR {same}) "
        "BEGIN SELECT RAISE(ABORT, 'This row exists.'); END"
    )
    # -1 is what NEW.rowid holds above when a statement names none.
    yield (
        f"CREATE TRIGGER {table}_rowid AFTER INSERT ON {table} WHEN NEW.rowid < 1 "
        "BEGIN SELECT RAISE(ABORT, 'Rows are numbered from 1.'); END"
    )
    yield (
        f"CREATE TRIGGER {table}_rowid_stays BEFORE UPDATE ON {table} WHEN NEW.rowid <> OLD.rowid "
        "BEGIN SELECT RAISE(ABORT, 'A row keeps its number.'); END"
    )


def postgresql_no_truncate(table):
    yield (
        f"CREATE FUNCTION {table}_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'Approvals and shares stay.' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    yield (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_no_truncate()"
    )


class Migration(migrations.Migration):
    dependencies = [("videos", "0001_initial")]

    operations = [
        append_only("videos_approvedrendition", message="What an approval names is immutable."),
        VendorSQL(
            postgresql=[
                *(statement for rule in RULES for statement in rule.postgresql()),
                *postgresql_no_truncate("videos_approval"),
                *postgresql_no_truncate("videos_sharegrant"),
            ],
            sqlite=[
                *(statement for rule in RULES for statement in rule.sqlite()),
                *(statement for table, same in KEYS.items() for statement in sqlite_no_replace(table, same)),
            ],
        ),
    ]
