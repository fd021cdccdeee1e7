"""What artists and the public say to the review."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7
from review.models.cases import ReviewCase
from review.models.decisions import Decision
from review.states import AppealState, ReportCategory
from videos.models import ShareGrant, Video


class Answer(models.Model):
    """The artist answers a request for changes: the same case goes on, perhaps with another video in its place."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(ReviewCase, models.PROTECT, related_name="answers")
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="answer")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    body = models.TextField(_("answer"), max_length=2000, blank=True)
    # What the case was about before, and is about from now on: the same, a trimmed one, or another take.
    video_before = models.ForeignKey(Video, models.PROTECT, related_name="+")
    video_after = models.ForeignKey(Video, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(_("answered"), auto_now_add=True)
    # By when the decision that it answers had been promised; not kept of the oldest answers.
    promised_at = models.DateTimeField(_("deadline until then"), null=True, blank=True)

    class Meta:
        ordering = ("id",)
        verbose_name = _("artist's answer")
        verbose_name_plural = _("artists' answers")

    def __str__(self) -> str:
        return f"{self.case_id}"


class Appeal(models.Model):
    """The artist's objection to one decision, once; its case is decided by a lead who took no part before."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="appeal")
    case = models.OneToOneField(ReviewCase, models.PROTECT, related_name="appeal")
    appellant = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="appeals")
    body = models.TextField(_("why"), max_length=4000)
    state = models.CharField(_("state"), max_length=12, choices=AppealState, default=AppealState.PENDING)
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        constraints = (
            models.CheckConstraint(name="appeal_state", condition=Q(state__in=AppealState.values)),
            models.CheckConstraint(name="appeal_has_words", condition=~Q(body="")),
            models.CheckConstraint(
                name="appeal_closed_at",
                condition=Q(state=AppealState.PENDING, closed_at__isnull=True)
                | (~Q(state=AppealState.PENDING) & Q(closed_at__isnull=False)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.state} {self.decision_id}"


class Report(models.Model):
    """Somebody of the public says that a shared work should not be there. Several reports may share one case."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(ReviewCase, models.PROTECT, related_name="reports")
    share_grant = models.ForeignKey(ShareGrant, models.PROTECT, related_name="+")
    category = models.CharField(_("category"), max_length=20, choices=ReportCategory)
    body = models.TextField(_("what is wrong"), max_length=2000)
    at_ms = models.PositiveIntegerField(_("time"), null=True, blank=True)
    # To tell the reporter the outcome, when they want to know; emptied once they have been told.
    email = models.EmailField(_("e-mail address"), blank=True, default="")
    # The address under which a reporter without e-mail looks the outcome up: only its SHA-256 is kept.
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("received"), auto_now_add=True)
    told_at = models.DateTimeField(_("told"), null=True, blank=True)

    class Meta:
        ordering = ("id",)
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = (
            models.CheckConstraint(name="report_category", condition=Q(category__in=ReportCategory.values)),
            models.CheckConstraint(name="report_has_words", condition=~Q(body="")),
        )

    def __str__(self) -> str:
        return f"{self.category} {self.case_id}"
