"""Captions that can be replaced, and a second private original.

A rendition that another one took the place of stays in the table: approvals and decisions name it. So one a kind is
current, a live share serves current ones alone, and none is replaced while a standing approval names it. Neither
original is ever shared.
"""

from importlib import import_module

from django.db import migrations, models
from django.db.models import Q

from common.db import KeepingTriggers, VendorSQL

earlier = import_module("videos.migrations.0002_i2_triggers")
Rule = earlier.Rule

KINDS = [
    ("original", "Original"),
    ("av1", "Original in AV1"),
    ("share_copy", "Share copy"),
    ("poster", "Poster"),
    ("storyboard", "Storyboard"),
    ("captions", "Captions"),
]

SHARE_REFUSALS = (
    *earlier.SHARE_REFUSALS[:2],
    (
        earlier.LIVE
        + """EXISTS (
            SELECT 1 FROM videos_approvedrendition n LEFT JOIN videos_rendition r ON r.id = n.rendition_id
            WHERE n.approval_id = NEW.approval_id
            AND (r.id IS NULL OR r.video_id <> NEW.video_id OR r.sha256 <> n.sha256
                 OR r.replaced_at IS NOT NULL OR r.kind IN ('original', 'av1')))""",
        "A live share needs an approval of exactly the bytes of this video, and never of its original.",
    ),
)

NAMED_BY_A_STANDING_APPROVAL = (
    "EXISTS (SELECT 1 FROM videos_approvedrendition n JOIN videos_approval a ON a.id = n.approval_id "
    "WHERE n.rendition_id = OLD.id AND a.voided_at IS NULL)"
)

RULES = (
    Rule("videos_share_insert", "videos_sharegrant", "INSERT", SHARE_REFUSALS, locks_video="NEW.video_id"),
    Rule(
        "videos_share_update",
        "videos_sharegrant",
        "UPDATE",
        (
            (
                earlier.changes("id", "video_id", "approval_id", "token"),
                "A share keeps its video, its approval, its address.",
            ),
            ("OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NULL", "A revoked share stays revoked."),
            *SHARE_REFUSALS,
        ),
        locks_video="NEW.video_id",
    ),
    Rule(
        "videos_rendition_update",
        "videos_rendition",
        "UPDATE",
        (
            (
                earlier.changes(
                    "id", "video_id", "kind", "storage_key", "sha256", "size", "content_type", "language"
                ),
                "A rendition is immutable: other bytes are another rendition.",
            ),
            (
                "OLD.replaced_at IS NOT NULL AND (NEW.replaced_at IS NULL OR NEW.replaced_at <> OLD.replaced_at)",
                "A replaced rendition stays replaced.",
            ),
            (
                "OLD.replaced_at IS NULL AND NEW.replaced_at IS NOT NULL AND " + NAMED_BY_A_STANDING_APPROVAL,
                "A rendition is not replaced while an approval that names it stands.",
            ),
        ),
        locks_video="OLD.video_id",
    ),
)


def postgresql():
    for rule in RULES:
        yield f"DROP TRIGGER {rule.name} ON {rule.table}"
        yield f"DROP FUNCTION {rule.name}()"
        yield from rule.postgresql()


def sqlite():
    for rule in RULES:
        yield f"DROP TRIGGER {rule.name}"
        yield from rule.sqlite()
    for ending in ("not_over", "rowid", "rowid_stays"):
        yield f"DROP TRIGGER videos_rendition_{ending}"
    yield from earlier.sqlite_no_replace(
        "videos_rendition",
        "t.id = NEW.id OR t.storage_key = NEW.storage_key"
        " OR (t.video_id = NEW.video_id AND t.kind = NEW.kind AND t.replaced_at IS NULL AND NEW.replaced_at IS NULL)",
    )


class Migration(migrations.Migration):
    dependencies = [("videos", "0002_i2_triggers")]

    operations = [
        KeepingTriggers(
            migrations.AlterField("rendition", "kind", models.CharField("kind", max_length=20, choices=KINDS)),
            migrations.AddField(
                "rendition", "language", models.CharField("language", max_length=35, blank=True, default="", db_default="")
            ),
            migrations.AddField("rendition", "replaced_at", models.DateTimeField("replaced", null=True, blank=True)),
            migrations.RemoveConstraint("rendition", "rendition_one_a_kind"),
            migrations.AddConstraint(
                "rendition",
                models.UniqueConstraint(
                    name="rendition_one_a_kind", fields=("video", "kind"), condition=Q(replaced_at__isnull=True)
                ),
            ),
            migrations.RemoveConstraint("rendition", "rendition_kind"),
            migrations.AddConstraint(
                "rendition",
                models.CheckConstraint(name="rendition_kind", condition=Q(kind__in=[kind for kind, _label in KINDS])),
            ),
            migrations.AddConstraint(
                "rendition",
                models.CheckConstraint(
                    name="rendition_language_of_captions",
                    condition=Q(kind="captions") | Q(language=""),
                ),
            ),
        ),
        VendorSQL(postgresql=list(postgresql()), sqlite=list(sqlite())),
    ]
