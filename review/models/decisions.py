"""What reviewers think and decide, and what they say: to the artist, and among themselves."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.clock import now
from common.ids import uuid7
from review.models.cases import Claim, ReviewCase
from review.models.policies import PolicyVersion, ReasonCode
from review.states import ADVERSE, BulkState, Opinion, Outcome
from videos.models import Rendition, Video


class Assessment(models.Model):
    """One reviewer's opinion of a case in one round, blind to any other. Never changed.

    Where one approval is enough it and the decision are made together; where two are needed it waits for the second.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(ReviewCase, models.PROTECT, related_name="assessments")
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    claim = models.OneToOneField(Claim, models.PROTECT, related_name="assessment")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assessments")
    opinion = models.CharField(_("opinion"), max_length=16, choices=Opinion)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    reason = models.ForeignKey(ReasonCode, models.PROTECT, null=True, blank=True, related_name="+")
    artist_message = models.TextField(_("message to the artist"), blank=True)
    assessed_at = models.DateTimeField(_("assessed"), auto_now_add=True)

    class Meta:
        ordering = ("id",)
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints = (
            models.CheckConstraint(name="assessment_opinion", condition=Q(opinion__in=Opinion.values)),
            models.UniqueConstraint(name="assessment_once", fields=("case", "round", "reviewer")),
        )
        indexes = (models.Index(name="assessment_by_reviewer", fields=("reviewer", "-id")),)

    def __str__(self) -> str:
        return f"{self.opinion} {self.case_id}"


class Decision(models.Model):
    """What a reviewer decided, once and for ever: triggers refuse to change or delete it; a new one supersedes.

    Of an admin's own take-down `reviewer` is the admin.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(ReviewCase, models.PROTECT, related_name="decisions")
    claim = models.OneToOneField(Claim, models.PROTECT, related_name="decision")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    reason = models.ForeignKey(ReasonCode, models.PROTECT, null=True, blank=True, related_name="+")
    artist_message = models.TextField(_("message to the artist"), blank=True)
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    # Whether signals had pointed at something: told in the statement of reasons. None of them ever decides.
    automated_detection = models.BooleanField(_("signals took part"), default=False, db_default=False)
    decided_at = models.DateTimeField(_("decided"), default=now, editable=False)
    # The last second in which the artist can appeal, as it was promised then; whatever the programme sets later.
    appeal_until = models.DateTimeField(_("can be appealed until"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(name="decision_by_reviewer", fields=("reviewer", "-decided_at")),
            models.Index(name="decision_by_time", fields=("decided_at",)),
        )
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = (
            models.CheckConstraint(name="decision_outcome", condition=Q(outcome__in=Outcome.values)),
            models.CheckConstraint(
                name="decision_adverse_says_why",
                condition=Q(outcome=Outcome.APPROVE, reason__isnull=True)
                | Q(outcome__in=sorted(ADVERSE), reason__isnull=False, artist_message__gt=""),
            ),
            # What a lead decides about an appeal takes another decision's place, and is the last word.
            models.CheckConstraint(
                name="decision_adverse_says_until_when",
                condition=Q(outcome=Outcome.APPROVE, appeal_until__isnull=True)
                | Q(outcome__in=sorted(ADVERSE), appeal_until__isnull=False)
                | Q(outcome__in=sorted(ADVERSE), supersedes__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.outcome} {self.case_id}"


class DecisionRendition(models.Model):
    """One rendition that the decision is about, by its SHA-256. Immutable with its decision.

    It is what the reviewer was shown; of an admin's own take-down, what the work consisted of at that moment.
    """

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="renditions")
    rendition = models.ForeignKey(Rendition, models.PROTECT, related_name="+")
    sha256 = models.CharField(_("SHA-256"), max_length=64)

    class Meta:
        verbose_name = _("shown rendition")
        verbose_name_plural = _("shown renditions")
        constraints = (models.UniqueConstraint(name="decision_rendition_once", fields=("decision", "rendition")),)

    def __str__(self) -> str:
        return self.sha256[:12]


class InternalNote(models.Model):
    """Among reviewers, never shown to the artist: a table of its own so that no page can mix the two up."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(ReviewCase, models.PROTECT, related_name="internal_notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    body = models.TextField(_("note"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ("id",)
        verbose_name = _("internal note")
        verbose_name_plural = _("internal notes")

    def __str__(self) -> str:
        return f"{self.case_id}"


class Comment(models.Model):
    """A remark at a moment of the video, perhaps about a part of the frame; the artist gets it with the decision.

    The part is a rectangle in fractions of the frame's width and height, from its top left corner.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(ReviewCase, models.PROTECT, related_name="comments")
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    video = models.ForeignKey(Video, models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at_ms = models.PositiveIntegerField(_("time"))  # milliseconds from the first frame
    left = models.FloatField(_("left"), null=True, blank=True)
    top = models.FloatField(_("top"), null=True, blank=True)
    width = models.FloatField(_("width"), null=True, blank=True)
    height = models.FloatField(_("height"), null=True, blank=True)
    body = models.TextField(_("comment"), max_length=1000)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    class Meta:
        ordering = ("at_ms", "id")
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        constraints = (
            models.CheckConstraint(
                name="comment_rectangle_in_frame",
                condition=Q(left__isnull=True, top__isnull=True, width__isnull=True, height__isnull=True)
                | Q(
                    left__gte=0,
                    top__gte=0,
                    width__gt=0,
                    height__gt=0,
                    left__lte=1 - F("width"),
                    top__lte=1 - F("height"),
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.at_ms}"


class BulkDecision(models.Model):
    """One decision for a clear-cut group of cases: proposed by one person, confirmed by another, undone until it is
    applied.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("state"), max_length=12, choices=BulkState, default=BulkState.PROPOSED)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    reason = models.ForeignKey(ReasonCode, models.PROTECT, null=True, blank=True, related_name="+")
    artist_message = models.TextField(_("message to the artist"), blank=True)
    proposed_at = models.DateTimeField(_("proposed"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    applies_at = models.DateTimeField(_("applies"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("bulk decision")
        verbose_name_plural = _("bulk decisions")
        constraints = (
            models.CheckConstraint(name="bulk_state", condition=Q(state__in=BulkState.values)),
            models.CheckConstraint(name="bulk_outcome", condition=Q(outcome__in=Outcome.values)),
            models.CheckConstraint(
                name="bulk_two_persons", condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by"))
            ),
            models.CheckConstraint(
                name="bulk_confirmed_before_applied",
                condition=~Q(state__in=["confirmed", "applied", "undone"])
                | Q(confirmed_by__isnull=False, applies_at__isnull=False),
            ),
            models.CheckConstraint(
                name="bulk_adverse_says_why",
                condition=Q(outcome=Outcome.APPROVE, reason__isnull=True)
                | Q(outcome__in=sorted(ADVERSE), reason__isnull=False, artist_message__gt=""),
            ),
        )
        indexes = (models.Index(name="bulk_due", fields=("applies_at",), condition=Q(state="confirmed")),)

    def __str__(self) -> str:
        return f"{self.outcome} {self.state}"


class BulkItem(models.Model):
    """One case of a bulk decision, as it was when it was proposed. `result` says what became of it."""

    bulk = models.ForeignKey(BulkDecision, models.PROTECT, related_name="items")
    case = models.ForeignKey(ReviewCase, models.PROTECT, related_name="+")
    case_version = models.PositiveIntegerField(_("case's version"))
    shown = models.JSONField(_("what was shown"))  # kind -> SHA-256
    decision = models.OneToOneField(Decision, models.PROTECT, null=True, blank=True, related_name="bulk_item")
    result = models.CharField(_("result"), max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("case of a bulk decision")
        verbose_name_plural = _("cases of bulk decisions")
        constraints = (models.UniqueConstraint(name="bulk_item_once", fields=("bulk", "case")),)

    def __str__(self) -> str:
        return f"{self.case_id}"


class SavedReply(models.Model):
    """Words that are needed often; without an owner everybody has them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="saved_replies"
    )
    title = models.CharField(_("title"), max_length=80)
    body = models.TextField(_("text"), max_length=4000)
    # For which reason it is offered first.
    reason_code = models.SlugField(_("reason code"), max_length=40, blank=True, default="")

    class Meta:
        ordering = ("title", "id")
        verbose_name = _("saved reply")
        verbose_name_plural = _("saved replies")
        constraints = (models.UniqueConstraint(name="saved_reply_once", fields=("owner", "title")),)

    def __str__(self) -> str:
        return self.title
