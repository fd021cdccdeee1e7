"""A participant's credits as a page shows them: this month as a bar, and each movement with its take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy

from generation.models import Generation
from quotas.models import EntryKind, LedgerEntry
from quotas.selectors import Balance

BAR = 1_000  # units of the drawing
PARTS = {
    "settled": gettext_lazy("Used"),
    "reserved": gettext_lazy("Held for takes that wait or render"),
    "free": gettext_lazy("Left"),
}
MOVES = {
    EntryKind.RESERVE: gettext_lazy("Held for take %(take)s"),
    EntryKind.SETTLE: gettext_lazy("Charged for take %(take)s"),
    EntryKind.RELEASE: gettext_lazy("Given back from take %(take)s"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the month's credits: what it is, how many, and where it lies in the bar."""

    key: str
    label: str
    credits: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of the ledger, with its take."""

    entry: LedgerEntry
    generation: Generation

    @property
    def words(self) -> str:
        return MOVES[EntryKind(self.entry.kind)] % {"take": self.generation.take}

    @property
    def amount(self) -> str:
        """With a sign where it changes what is left: what is charged was held before."""
        signs = {EntryKind.RESERVE: "−", EntryKind.SETTLE: "", EntryKind.RELEASE: "+"}
        return f"{signs[EntryKind(self.entry.kind)]}{self.entry.credits}"

    @property
    def at(self) -> datetime:
        return self.entry.created_at

    @property
    def path(self) -> str:
        if self.generation.video_id:
            return reverse("video", args=[self.generation.video_id])
        return reverse("generation", args=[self.generation.pk])


def parts_of(balance: Balance) -> Iterator[Part]:
    """Used, held and left, which are the whole allowance; nothing where a month has no credits at all."""
    x = 0.0
    for key, label in PARTS.items():
        credits = getattr(balance, key)
        width = BAR * credits / balance.allowance if balance.allowance else 0.0
        yield Part(key, str(label), credits, round(x, 1), round(width, 1))
        x += width
