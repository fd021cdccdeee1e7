"""Questions to the reviewers, where they wait, and who holds them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Cohort
from common.ids import uuid7
from review.deadlines import due_by_default
from review.states import OPEN_STATES, QUEUED_KINDS, WAITING_STATES, CaseKind, CaseState, InterestKind, Topic
from videos.models import Video


class ReviewQueue(models.Model):
    """A queue with the rules that send cases into it. A case that no rule takes waits in the general queue (none).

    `rules` is a list of conditions, of which one must hold; the format is `review.routing`'s. Queues are asked in the
    order of `position`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    rules = models.JSONField(_("rules"), default=list, blank=True)
    leads_only = models.BooleanField(_("for leads only"), default=False)
    # Empty: every reviewer (or every lead, see above).
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="review_queues")
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        ordering = ("position", "slug")
        verbose_name = _("review queue")
        verbose_name_plural = _("review queues")

    def __str__(self) -> str:
        return self.name


class ReviewCase(models.Model):
    """One question to the reviewers about one video. `version` grows with every change of state."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=CaseKind, default=CaseKind.SUBMISSION)
    video = models.ForeignKey(Video, models.PROTECT, related_name="review_cases")
    # Nobody for what the public or the programme's clock asked, and for what nobody asked: an admin's own step.
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(_("artist's note"), max_length=2000, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=CaseState, default=CaseState.QUEUED)
    version = models.PositiveIntegerField(_("version"), default=1)
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    # When the artist was promised a decision; the queue's order.
    due_at = models.DateTimeField(_("due"), default=due_by_default)
    overdue_at = models.DateTimeField(_("deadline passed"), null=True, blank=True)
    # Grows when the artist answers a request for changes: opinions and comments belong to one round.
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    approvals_needed = models.PositiveSmallIntegerField(_("approvals needed"), default=1)
    escalated_at = models.DateTimeField(_("escalated"), null=True, blank=True)
    # What routing goes by: facts about the case at the time it was opened, of which only signals add more (CaseTopic).
    queue = models.ForeignKey(ReviewQueue, models.PROTECT, null=True, blank=True, related_name="cases")
    language = models.CharField(_("language of the prompt"), max_length=12, blank=True, default="")
    model_key = models.CharField(_("model"), max_length=60, blank=True, default="")
    cohort = models.ForeignKey(Cohort, models.PROTECT, null=True, blank=True, related_name="+")
    # Handed to one reviewer: nobody else gets it until they put it back.
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="assigned_cases"
    )
    # On hold: it waits, and "next case" passes it by until then.
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    held_until = models.DateTimeField(_("on hold until"), null=True, blank=True)
    # A known answer, mixed in blind: its decision stays without effect. Never shown to the reviewer.
    golden = models.ForeignKey(
        "review.GoldenItem", models.PROTECT, null=True, blank=True, related_name="cases", editable=False
    )

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
                name="case_one_open_a_video",
                fields=("video", "kind"),
                condition=Q(state__in=OPEN_STATES, golden__isnull=True),
            ),
            models.CheckConstraint(
                name="case_opened_by_somebody",
                condition=Q(opened_by__isnull=False)
                | Q(kind__in=[CaseKind.REPORT, CaseKind.RECHECK, CaseKind.TAKEDOWN]),
            ),
            # A take-down of an admin's own never waits for anybody.
            models.CheckConstraint(
                name="case_never_queued", condition=Q(kind__in=QUEUED_KINDS) | Q(state=CaseState.DECIDED)
            ),
            models.CheckConstraint(name="case_one_or_two", condition=Q(approvals_needed__in=[1, 2])),
            models.CheckConstraint(
                name="case_hold",
                condition=Q(held_by__isnull=True, held_until__isnull=True)
                | Q(held_by__isnull=False, held_until__isnull=False),
            ),
            models.CheckConstraint(
                name="case_escalated_when", condition=~Q(state="escalated") | Q(escalated_at__isnull=False)
            ),
        )
        indexes = (
            # The order of every queue; "waiting" is three states, hence partial.
            models.Index(name="case_waiting", fields=("due_at", "id"), condition=Q(state__in=WAITING_STATES)),
            models.Index(
                name="case_waiting_in_queue", fields=("queue", "due_at", "id"), condition=Q(state__in=WAITING_STATES)
            ),
            # Who has waited for longest: not always whoever is due first. Two, since a planner does not see that "no
            # queue" is one value; and no third one over all, along which it would look for a queue's first case.
            models.Index(
                name="case_oldest", fields=("opened_at",), condition=Q(state__in=WAITING_STATES, queue__isnull=True)
            ),
            models.Index(
                name="case_oldest_in_queue",
                fields=("queue", "opened_at"),
                condition=Q(state__in=WAITING_STATES, queue__isnull=False),
            ),
            models.Index(name="case_by_video", fields=("video", "-id")),
            models.Index(name="case_closed", fields=("closed_at",), condition=Q(closed_at__isnull=False)),
        )

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


class CaseTopic(models.Model):
    """One thing that a case may be about, by a signal or a report."""

    case = models.ForeignKey(ReviewCase, models.PROTECT, related_name="topics")
    topic = models.CharField(_("topic"), max_length=20, choices=Topic)

    class Meta:
        verbose_name = _("topic of a case")
        verbose_name_plural = _("topics of cases")
        constraints = (
            models.UniqueConstraint(name="case_topic_once", fields=("case", "topic")),
            models.CheckConstraint(name="case_topic", condition=Q(topic__in=Topic.values)),
        )

    def __str__(self) -> str:
        return self.topic


class Pass(models.Model):
    """A reviewer passed this case, without a reason: it never comes back to them as the next one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(ReviewCase, models.PROTECT, related_name="passes")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="passes")
    passed_at = models.DateTimeField(_("passed"), auto_now_add=True)

    class Meta:
        verbose_name = _("pass")
        verbose_name_plural = _("passes")
        constraints = (models.UniqueConstraint(name="pass_once", fields=("case", "reviewer")),)

    def __str__(self) -> str:
        return f"{self.case_id} {self.reviewer_id}"


class Interest(models.Model):
    """Why a reviewer does not review an artist's work; ended, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="interests")
    artist = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=12, choices=InterestKind)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(_("declared"), auto_now_add=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("interest")
        verbose_name_plural = _("interests")
        constraints = (
            models.CheckConstraint(name="interest_kind", condition=Q(kind__in=InterestKind.values)),
            models.CheckConstraint(name="interest_of_two", condition=~Q(reviewer=models.F("artist"))),
            models.UniqueConstraint(
                name="interest_once", fields=("reviewer", "artist", "kind"), condition=Q(ended_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.reviewer_id} {self.kind}"
