"""The rules by which reviewers decide, and what the programme sets for its review."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7
from review.categories import DsaCategory
from review.deadlines import WORKING_DAYS


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
    # A policy whose text forbids criticism of the programme or its operator needs a lead's reasons, shown to all.
    justification = models.TextField(_("why it may limit criticism"), blank=True, default="")
    justified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("justified by"),
    )

    class Meta:
        ordering = ("-number",)
        verbose_name = _("policy version")
        verbose_name_plural = _("policy versions")
        constraints = (
            models.UniqueConstraint(name="policy_version_once", fields=("policy", "number")),
            models.CheckConstraint(
                name="policy_version_justified_by_somebody",
                condition=Q(justification="", justified_by__isnull=True)
                | (~Q(justification="") & Q(justified_by__isnull=False)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.policy} {self.number}"


class ReasonCode(models.Model):
    """A reason that an adverse decision may give: a closed, public list within a policy version."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="reason_codes")
    code = models.SlugField(_("code"), max_length=40)
    label = models.CharField(_("label"), max_length=120)
    description = models.TextField(_("description"))
    # What the Digital Services Act's Transparency Database calls it; statements of reasons say it.
    category = models.CharField(
        _("category in the Transparency Database"),
        max_length=80,
        choices=DsaCategory,
        default=DsaCategory.OTHER,
        db_default=DsaCategory.OTHER,
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ("position", "code")
        verbose_name = _("reason code")
        verbose_name_plural = _("reason codes")
        constraints = (
            models.UniqueConstraint(name="reason_code_once", fields=("policy_version", "code")),
            models.CheckConstraint(name="reason_category", condition=Q(category__in=DsaCategory.values)),
        )

    def __str__(self) -> str:
        return self.label


def no_exposure_budget() -> dict[str, int]:
    return {}


class ReviewRules(models.Model):
    """What the programme sets for its review: one row, edited in the admin panel, each change audited."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    deadline_working_days = models.PositiveSmallIntegerField(
        _("working days until a decision"),
        default=WORKING_DAYS,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
    )
    # Dates (ISO) that are no working days, such as holidays, in their order.
    closed_days = models.JSONField(_("closed days"), default=list, blank=True)
    approvals_needed = models.PositiveSmallIntegerField(
        _("approvals needed"), default=1, validators=[MinValueValidator(1), MaxValueValidator(2)]
    )
    # Signal kinds that make a case need two approvals; a signal never decides more than that.
    two_person_signals = models.JSONField(_("signals that ask for a second person"), default=list, blank=True)
    appeal_days = models.PositiveSmallIntegerField(
        _("days to appeal"), default=30, validators=[MinValueValidator(1), MaxValueValidator(365)]
    )
    golden_percent = models.PositiveSmallIntegerField(
        _("golden items among a reviewer's cases, in per cent"), default=0, validators=[MaxValueValidator(50)]
    )
    # Topic -> cases a day; a topic that is not named has no limit.
    exposure_budget = models.JSONField(_("cases a day by topic"), default=no_exposure_budget, blank=True)
    # After so many cases of topics with a budget in a row, a rest of so many minutes.
    rest_after = models.PositiveSmallIntegerField(_("cases until a rest"), default=10)
    rest_minutes = models.PositiveSmallIntegerField(_("minutes of rest"), default=15)

    class Meta:
        verbose_name = _("rules of the review")
        verbose_name_plural = _("rules of the review")
        constraints = (
            models.CheckConstraint(name="review_rules_one_row", condition=Q(id=1)),
            models.CheckConstraint(name="review_rules_approvals", condition=Q(approvals_needed__in=[1, 2])),
        )

    def __str__(self) -> str:
        return str(_("Rules of the review"))

    @property
    def closed(self) -> frozenset[date]:
        return frozenset(map(date.fromisoformat, self.closed_days))
