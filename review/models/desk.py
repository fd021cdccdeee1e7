"""What belongs to one reviewer: how they like to work, and what they have seen."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7
from review.models.cases import Claim
from review.states import Topic


class SavedFilter(models.Model):
    """A view of the queue under a name; `query` is the address's query string as a mapping."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters")
    name = models.CharField(_("name"), max_length=60)
    query = models.JSONField(_("filter"), default=dict)

    class Meta:
        ordering = ("name", "id")
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = (models.UniqueConstraint(name="saved_filter_once", fields=("owner", "name")),)

    def __str__(self) -> str:
        return self.name


class ReviewerPreferences(models.Model):
    """How a reviewer wants to meet a video, and which cases they take. No row: the defaults."""

    reviewer = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="review_preferences"
    )
    blurred = models.BooleanField(_("start blurred"), default=False)
    greyscale = models.BooleanField(_("start in grey"), default=False)
    muted = models.BooleanField(_("start muted"), default=True)
    small = models.BooleanField(_("start small"), default=False)
    paused = models.BooleanField(_("start paused"), default=True)
    # Languages that they read; empty: all. Topics that "next case" does not bring them.
    languages = models.JSONField(_("languages"), default=list, blank=True)
    declined_topics = models.JSONField(_("topics to leave to others"), default=list, blank=True)

    class Meta:
        verbose_name = _("reviewer's preferences")
        verbose_name_plural = _("reviewers' preferences")

    def __str__(self) -> str:
        return f"{self.reviewer_id}"


class Exposure(models.Model):
    """A reviewer opened a case of a topic, once for each claim: counted for rest, never for performance."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="exposures")
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="exposures")
    topic = models.CharField(_("topic"), max_length=20, choices=Topic)
    seen_at = models.DateTimeField(_("seen"), auto_now_add=True)

    class Meta:
        verbose_name = _("exposure")
        verbose_name_plural = _("exposures")
        constraints = (
            models.UniqueConstraint(name="exposure_once", fields=("claim", "topic")),
            models.CheckConstraint(name="exposure_topic", condition=Q(topic__in=Topic.values)),
        )
        indexes = (models.Index(name="exposure_by_reviewer", fields=("reviewer", "-seen_at")),)

    def __str__(self) -> str:
        return self.topic


class Rest(models.Model):
    """A break that the programme owes a reviewer after what they have seen: no case is handed out until it ends."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="rests")
    begins_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))

    class Meta:
        ordering = ("-id",)
        verbose_name = _("rest")
        verbose_name_plural = _("rests")
        constraints = (models.CheckConstraint(name="rest_has_length", condition=Q(ends_at__gt=F("begins_at"))),)
        indexes = (models.Index(name="rest_by_reviewer", fields=("reviewer", "-ends_at")),)

    def __str__(self) -> str:
        return f"{self.reviewer_id}"
