"""How well the review agrees with itself."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7
from review.states import Outcome
from videos.models import Video


class GoldenItem(models.Model):
    """A work whose right answer is known, mixed into the queue blind; retired, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    video = models.ForeignKey(Video, models.PROTECT, related_name="+")
    expected = models.CharField(_("expected outcome"), max_length=16, choices=Outcome)
    expected_reason = models.SlugField(_("expected reason code"), max_length=40, blank=True, default="")
    note = models.TextField(_("why"), max_length=1000, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added"), auto_now_add=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("golden item")
        verbose_name_plural = _("golden items")
        constraints = (
            models.CheckConstraint(name="golden_expected", condition=Q(expected__in=Outcome.values)),
            models.UniqueConstraint(name="golden_once", fields=("video",), condition=Q(retired_at__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.id}"


class CalibrationRound(models.Model):
    """A team decides the same few works, each alone, and then compares."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    title = models.CharField(_("title"), max_length=120)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    # From then on everybody who answered sees everybody's answers.
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("calibration round")
        verbose_name_plural = _("calibration rounds")

    def __str__(self) -> str:
        return self.title


class CalibrationItem(models.Model):
    """One work of a round."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    round = models.ForeignKey(CalibrationRound, models.PROTECT, related_name="items")
    video = models.ForeignKey(Video, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        ordering = ("position",)
        verbose_name = _("work of a round")
        verbose_name_plural = _("works of rounds")
        constraints = (
            models.UniqueConstraint(name="calibration_item_once", fields=("round", "video")),
            models.UniqueConstraint(name="calibration_position_once", fields=("round", "position")),
        )

    def __str__(self) -> str:
        return f"{self.position}"


class CalibrationAnswer(models.Model):
    """What one reviewer would decide, and why; given once."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey(CalibrationItem, models.PROTECT, related_name="answers")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    reason_code = models.SlugField(_("reason code"), max_length=40, blank=True, default="")
    note = models.TextField(_("why"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(_("answered"), auto_now_add=True)

    class Meta:
        ordering = ("id",)
        verbose_name = _("answer of a round")
        verbose_name_plural = _("answers of rounds")
        constraints = (
            models.UniqueConstraint(name="calibration_answer_once", fields=("item", "reviewer")),
            models.CheckConstraint(name="calibration_outcome", condition=Q(outcome__in=Outcome.values)),
        )

    def __str__(self) -> str:
        return self.outcome
