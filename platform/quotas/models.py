"""Credits: what a participant may use in a period, and the ledger of what became of it.

allowance = settled + reserved + free, always (I3). The balance is derived from the ledger and stored nowhere.
For each reservation (one generation) the ledger holds one `reserve` and then, at the end of the generation,
at most one `settle` and one `release` that together give back exactly what was reserved.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Participant
from common.clock import now
from common.ids import uuid7


class EntryKind(models.TextChoices):
    RESERVE = "reserve", _("Reserved")
    SETTLE = "settle", _("Settled")
    RELEASE = "release", _("Released")


class Allowance(models.Model):
    """The credits of one participant for one calendar month, UTC: [starts_at, ends_at)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="allowances")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("renews"))
    credits = models.PositiveIntegerField(_("credits"))

    class Meta:
        ordering = ("-starts_at",)
        verbose_name = _("allowance")
        verbose_name_plural = _("allowances")
        constraints = (
            models.UniqueConstraint(name="allowance_one_a_month", fields=("participant", "starts_at")),
            models.CheckConstraint(name="allowance_period", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="allowance_not_negative", condition=Q(credits__gte=0)),
        )

    def __str__(self) -> str:
        return f"{self.participant} {self.starts_at:%Y-%m}"

    @property
    def is_over(self) -> bool:
        """Whether the month has ended: its credits are what they were, and the next month has its own."""
        return self.ends_at <= now()


class LedgerEntry(models.Model):
    """One movement of credits. Append-only: triggers refuse to change, delete or overdraw."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    allowance = models.ForeignKey(Allowance, models.PROTECT, related_name="entries")
    # The generation's id. No foreign key: quotas know nothing of generations.
    reservation = models.UUIDField(_("reservation"))
    kind = models.CharField(_("kind"), max_length=10, choices=EntryKind)
    credits = models.PositiveIntegerField(_("credits"))
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = (
            models.UniqueConstraint(name="ledger_once_a_kind", fields=("reservation", "kind")),
            models.CheckConstraint(name="ledger_kind", condition=Q(kind__in=EntryKind.values)),
            models.CheckConstraint(name="ledger_credits_not_negative", condition=Q(credits__gte=0)),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.credits}"
