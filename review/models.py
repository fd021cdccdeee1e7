"""From private video to decision."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7
from review.states import ADVERSE, OPEN_STATES, CaseKind, CaseState, Outcome
from videos.models import Rendition, Video


class Policy(models.Model):
    """A rule book by name, for example "Sharing". Its text lives in its versions."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(_("slug"), unique=True)
    title = models.CharField(_("title"), max_length=120)

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")

    def __str__(self) -> str:
        return self.title


class PolicyVersion(models.Model):
    """One wording of a policy, current from `effective_at` until the next one. Never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    body = models.TextField(_("text"))
    effective_at = models.DateTimeField(_("in force from"))

    class Meta:
        ordering = ("-number",)
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        constraints = (models.UniqueConstraint(name="policy_version_once", fields=("policy", "number")),)

    def __str__(self) -> str:
        return f"{self.policy} {self.number}"


class ReasonCode(models.Model):
    """A reason that an adverse decision may give: a closed, public list within a policy version."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="reason_codes")
    code = models.SlugField(_("code"), max_length=40)
    label = models.CharField(_("label"), max_length=120)
    description = models.TextField(_("description"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ("position", "code")
        verbose_name = _("reason code")
        verbose_name_plural = _("reason codes")
        constraints = (models.UniqueConstraint(name="reason_code_once", fields=("policy_version", "code")),)

    def __str__(self) -> str:
        return self.label


class ReviewCase(models.Model):
    """One question to the reviewers about one video. `version` grows with every change of state."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=CaseKind, default=CaseKind.SUBMISSION)
    video = models.ForeignKey(Video, models.PROTECT, related_name="review_cases")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    note = models.TextField(_("artist's note"), max_length=2000, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=CaseState, default=CaseState.QUEUED)
    version = models.PositiveIntegerField(_("version"), default=1)
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        ordering = ("id",)
        verbose_name = _("review case")
        verbose_name_plural = _("review cases")
        constraints = (
            models.CheckConstraint(name="case_kind", condition=Q(kind__in=CaseKind.values)),
            models.CheckConstraint(name="case_state", condition=Q(state__in=CaseState.values)),
            models.CheckConstraint(
                name="case_closed_at",
                condition=Q(state__in=OPEN_STATES, closed_at__isnull=True)
                | (~Q(state__in=OPEN_STATES) & Q(closed_at__isnull=False)),
            ),
            models.UniqueConstraint(
                name="case_one_open_a_video", fields=("video", "kind"), condition=Q(state__in=OPEN_STATES)
            ),
        )
        indexes = (models.Index(name="case_queue", fields=("id",), condition=Q(state=CaseState.QUEUED)),)

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class Claim(models.Model):
    """A reviewer's hold on a case. The random token proves that a request comes from the page that claimed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(ReviewCase, models.PROTECT, related_name="claims")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="claims")
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    claimed_at = models.DateTimeField(_("claimed"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = (
            models.UniqueConstraint(name="claim_one_a_case", fields=("case",), condition=Q(ended_at__isnull=True)),
        )
        indexes = (
            models.Index(name="claim_open_by_reviewer", fields=("reviewer",), condition=Q(ended_at__isnull=True)),
            models.Index(name="claim_expiry", fields=("expires_at",), condition=Q(ended_at__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.case_id} {self.reviewer_id}"


class Decision(models.Model):
    """What a reviewer decided, once and for ever: triggers refuse to change or delete it; a new one supersedes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(ReviewCase, models.PROTECT, related_name="decisions")
    claim = models.OneToOneField(Claim, models.PROTECT, related_name="decision")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    reason = models.ForeignKey(ReasonCode, models.PROTECT, null=True, blank=True, related_name="+")
    artist_message = models.TextField(_("message to the artist"), blank=True)
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    decided_at = models.DateTimeField(_("decided"), auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = (
            models.CheckConstraint(name="decision_outcome", condition=Q(outcome__in=Outcome.values)),
            models.CheckConstraint(
                name="decision_adverse_says_why",
                condition=Q(outcome=Outcome.APPROVE, reason__isnull=True)
                | Q(outcome__in=sorted(ADVERSE), reason__isnull=False, artist_message__gt=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.outcome} {self.case_id}"


class DecisionRendition(models.Model):
    """One rendition that was shown when the decision was made, by its SHA-256. Immutable with its decision."""

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
