"""Cuts at both ends of a video."""

import common.ids
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("videos", "0003_captions_and_av1"),
    ]

    operations = [
        migrations.CreateModel(
            name="Trim",
            fields=[
                ("id", models.UUIDField(default=common.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("first_frame", models.PositiveIntegerField(verbose_name="first frame")),
                ("last_frame", models.PositiveIntegerField(verbose_name="last frame")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waits"),
                            ("running", "Being cut"),
                            ("completed", "Cut"),
                            ("failed", "Failed"),
                        ],
                        default="queued",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("frames_done", models.PositiveIntegerField(default=0, verbose_name="frames done")),
                ("lease_until", models.DateTimeField(blank=True, null=True, verbose_name="lease until")),
                (
                    "failure",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unreadable", "Not to be read or encoded"),
                            ("storage", "Not stored"),
                            ("lost", "Given up"),
                        ],
                        default="",
                        max_length=12,
                        verbose_name="failure",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="asked for")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                (
                    "result",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="trimmed_from",
                        to="videos.video",
                    ),
                ),
                (
                    "video",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="trims", to="videos.video"
                    ),
                ),
            ],
            options={
                "verbose_name": "trim",
                "verbose_name_plural": "trims",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "running"])),
                        fields=["state", "id"],
                        name="trim_open",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["queued", "running", "completed", "failed"])),
                        name="trim_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first_frame__lte", models.F("last_frame"))), name="trim_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease_until__isnull", False), ("state", "running")),
                            models.Q(models.Q(("state", "running"), _negated=True), ("lease_until__isnull", True)),
                            _connector="OR",
                        ),
                        name="trim_running_has_a_lease",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("result__isnull", False), ("state", "completed")),
                            models.Q(models.Q(("state", "completed"), _negated=True), ("result__isnull", True)),
                            _connector="OR",
                        ),
                        name="trim_completed_has_a_video",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("failure__in", ["unreadable", "storage", "lost"]), ("state", "failed")),
                            models.Q(models.Q(("state", "failed"), _negated=True), ("failure", "")),
                            _connector="OR",
                        ),
                        name="trim_failed_says_why",
                    ),
                ],
            },
        ),
    ]
