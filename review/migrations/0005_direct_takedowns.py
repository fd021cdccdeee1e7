"""A kind of case for an admin's own take-down; and the end of each appeal window, kept with its decision."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import migrations, models

import common.clock
from common.db import KeepingTriggers

ADVERSE = ["reject", "request_changes"]
TRIGGER = "ALTER TABLE review_decision {} TRIGGER review_decision_append_only"
BATCH = 1000


def promise(apps, schema_editor):
    """What every statement says at this moment, by the rule of this moment: from now on nothing changes it."""
    rules = apps.get_model("review", "ReviewRules").objects.filter(pk=1).first()
    days, zone = rules.appeal_days if rules else 30, ZoneInfo(settings.TIME_ZONE)
    decisions = apps.get_model("review", "Decision").objects
    # What a lead decided about an appeal cannot be appealed.
    adverse = decisions.filter(outcome__in=ADVERSE).exclude(case__kind="appeal")
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    if is_postgresql:  # on SQLite no trigger is there meanwhile
        schema_editor.execute(TRIGGER.format("DISABLE"))
    found = adverse.only("id", "decided_at").order_by("id")
    batch = []
    for decision in found.iterator(chunk_size=BATCH):
        day_after = decision.decided_at.astimezone(zone).date() + timedelta(days=days + 1)
        decision.appeal_until = datetime.combine(day_after, time.min, zone).astimezone(UTC) - timedelta(seconds=1)
        batch.append(decision)
        if len(batch) == BATCH:
            decisions.bulk_update(batch, ["appeal_until"])
            batch = []
    decisions.bulk_update(batch, ["appeal_until"])
    if is_postgresql:
        schema_editor.execute(TRIGGER.format("ENABLE"))


class Migration(migrations.Migration):
    dependencies = [("review", "0004_more_triggers")]

    operations = [
        KeepingTriggers(
            migrations.RemoveConstraint(model_name="reviewcase", name="case_kind"),
            migrations.RemoveConstraint(model_name="reviewcase", name="case_opened_by_somebody"),
            migrations.AddField(
                model_name="decision",
                name="appeal_until",
                field=models.DateTimeField(blank=True, null=True, verbose_name="can be appealed until"),
            ),
            migrations.AlterField(
                model_name="decision",
                name="decided_at",
                field=models.DateTimeField(default=common.clock.now, editable=False, verbose_name="decided"),
            ),
            migrations.AlterField(
                model_name="reviewcase",
                name="kind",
                field=models.CharField(
                    choices=[
                        ("submission", "Submission"),
                        ("appeal", "Appeal"),
                        ("report", "Report"),
                        ("recheck", "Recheck"),
                        ("takedown", "Direct take-down"),
                    ],
                    default="submission",
                    max_length=12,
                    verbose_name="kind",
                ),
            ),
            migrations.RunPython(promise, migrations.RunPython.noop),
            migrations.AddConstraint(
                model_name="decision",
                constraint=models.CheckConstraint(
                    condition=models.Q(appeal_until__isnull=True, outcome="approve")
                    | models.Q(appeal_until__isnull=False, outcome__in=ADVERSE)
                    | models.Q(outcome__in=ADVERSE, supersedes__isnull=False),
                    name="decision_adverse_says_until_when",
                ),
            ),
            migrations.AddConstraint(
                model_name="reviewcase",
                constraint=models.CheckConstraint(
                    condition=models.Q(kind__in=["submission", "appeal", "report", "recheck", "takedown"]),
                    name="case_kind",
                ),
            ),
            migrations.AddConstraint(
                model_name="reviewcase",
                constraint=models.CheckConstraint(
                    condition=models.Q(opened_by__isnull=False)
                    | models.Q(kind__in=["report", "recheck", "takedown"]),
                    name="case_opened_by_somebody",
                ),
            ),
            migrations.AddConstraint(
                model_name="reviewcase",
                constraint=models.CheckConstraint(
                    condition=models.Q(kind__in=("submission", "appeal", "report", "recheck"))
                    | models.Q(state="decided"),
                    name="case_never_queued",
                ),
            ),
        ),
    ]
