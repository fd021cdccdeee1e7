"""What is left: always derived from the ledger, never stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.models import Participant
from common.clock import now
from quotas.models import Allowance, EntryKind, LedgerEntry
from quotas.periods import in_words, month_of


@dataclass(frozen=True, slots=True)
class Balance:
    """allowance = settled + reserved + free, in credits of the current month."""

    allowance: int
    settled: int
    reserved: int
    free: int
    renews_at: datetime

    @property
    def renews(self) -> str:
        """The same moment in words, for a page or a sentence."""
        return in_words(self.renews_at)


def balance(participant: Participant) -> Balance:
    """The participant's credits of this month, in one query; what the cohort gives if nothing was used yet."""
    start, end = month_of(now())
    this_month = Allowance.objects.filter(participant=OuterRef("pk"), starts_at=start)
    entries = LedgerEntry.objects.filter(allowance__participant=OuterRef("pk"), allowance__starts_at=start)
    row = (
        Participant.objects.filter(pk=participant.pk)
        .values_list(
            Coalesce(Subquery(this_month.values("credits")[:1]), F("cohort__monthly_credits")),
            *(_total(entries.filter(kind=kind)) for kind in (EntryKind.RESERVE, EntryKind.SETTLE, EntryKind.RELEASE)),
        )
        .get()
    )
    return _balance(*row, renews_at=end)


def balance_of(allowance: Allowance) -> Balance:
    """The same for one allowance, of whichever month; lock its row first if you act on the answer."""
    kinds = (EntryKind.RESERVE, EntryKind.SETTLE, EntryKind.RELEASE)
    totals = allowance.entries.aggregate(
        **{kind.value: Coalesce(Sum("credits", filter=Q(kind=kind)), 0) for kind in kinds}
    )
    return _balance(allowance.credits, *(totals[kind.value] for kind in kinds), renews_at=allowance.ends_at)


def _total(entries: QuerySet[LedgerEntry]) -> Coalesce:
    # Grouping by the outer row's own allowance gives one sum; ordering would break the group apart.
    grouped = entries.order_by().values("allowance").annotate(total=Sum("credits")).values("total")
    return Coalesce(Subquery(grouped, output_field=IntegerField()), 0)


def _balance(credits: int, reserve: int, settle: int, release: int, *, renews_at: datetime) -> Balance:
    reserved = reserve - settle - release
    return Balance(
        allowance=credits, settled=settle, reserved=reserved, free=credits - settle - reserved, renews_at=renews_at
    )
