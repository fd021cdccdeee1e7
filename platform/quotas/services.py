"""Every movement of credits: reserve at submission, settle and release at the end.

Each locks the allowance's row first, so on PostgreSQL the movements of one participant happen one after another
(SQLite admits one writer anyway). Triggers refuse what these functions would never do (see the migration).
Lock order: generation, case or video before allowance; the audit chain last.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import audit.services
from accounts.models import Participant
from common.actors import Actor
from common.clock import now
from common.db import lock
from common.errors import Conflict, FieldError, Invalid, NotAllowed, QuotaExceeded
from quotas import policies
from quotas.models import Allowance, EntryKind, LedgerEntry
from quotas.periods import instant, month_of
from quotas.selectors import Balance, balance_of

MOST_CREDITS = 1_000_000


def reserve(*, actor: Actor, participant: Participant, reservation: UUID, credits: int) -> None:
    """Set credits of this month aside, or raise QuotaExceeded. Doing it again for the same reservation is nothing.

    `actor` is whoever submits; the audit event of the generation names them together with the credits.
    """
    reserve_all(actor=actor, participant=participant, reservations={reservation: credits})


@transaction.atomic
def reserve_all(*, actor: Actor, participant: Participant, reservations: Mapping[UUID, int]) -> None:
    """The same for several reservations: all of them or none, and QuotaExceeded names what all of them need."""
    if any(credits < 0 for credits in reservations.values()):
        raise ValueError("Credits are never negative.")
    allowance = lock(Allowance.objects.filter(pk=_current_allowance(participant).pk)).get()
    known = LedgerEntry.objects.filter(reservation__in=list(reservations), kind=EntryKind.RESERVE)
    done = set(known.values_list("reservation", flat=True))
    new = {reservation: credits for reservation, credits in reservations.items() if reservation not in done}
    if not new:
        return
    balance = balance_of(allowance)
    needed = sum(new.values())
    if needed > balance.free:
        raise _quota_exceeded(balance, needed)
    for reservation, credits in new.items():
        LedgerEntry.objects.create(
            allowance=allowance, reservation=reservation, kind=EntryKind.RESERVE, credits=credits
        )


@transaction.atomic
def settle(*, actor: Actor, reservation: UUID, credits: int | None = None) -> None:
    """Charge `credits` of the reservation (all of it by default) and give the rest back.

    The month of the reservation pays, however late the generation ends. Settling again is nothing.
    """
    reserved = _lock_reservation(reservation)
    charged = reserved.credits if credits is None else credits
    if not 0 <= charged <= reserved.credits:
        raise ValueError("Only what was reserved can be charged.")
    done = _ends_of(reservation)
    if EntryKind.SETTLE in done:
        return
    if EntryKind.RELEASE in done:
        raise Conflict(_("These credits have been given back already."))
    _append(reserved, EntryKind.SETTLE, charged)
    if charged < reserved.credits:
        _append(reserved, EntryKind.RELEASE, reserved.credits - charged)


@transaction.atomic
def release(*, actor: Actor, reservation: UUID) -> None:
    """Give the whole reservation back. Releasing again is nothing."""
    reserved = _lock_reservation(reservation)
    done = _ends_of(reservation)
    if EntryKind.SETTLE in done:
        raise Conflict(_("These credits have been charged already."))
    if EntryKind.RELEASE not in done:
        _append(reserved, EntryKind.RELEASE, reserved.credits)


@transaction.atomic
def set_credits(*, actor: Actor, participant: Participant, credits: int) -> Allowance:
    """Change this month's allowance, down to what is used or reserved at the least."""
    if not policies.can_set_credits(actor):
        raise NotAllowed(_("Only a programme admin changes credits."))
    allowance = lock(Allowance.objects.filter(pk=_current_allowance(participant).pk)).get()
    balance = balance_of(allowance)
    least = balance.settled + balance.reserved
    if isinstance(credits, bool) or not isinstance(credits, int) or not least <= credits <= MOST_CREDITS:
        reason = _("The credits of this month cannot be fewer than those already used or reserved, nor too many.")
        allowed = _("%(least)s to %(most)s") % {"least": least, "most": MOST_CREDITS}
        raise Invalid([FieldError("credits", reason, allowed)])
    if credits == allowance.credits:
        return allowance
    before, allowance.credits = allowance.credits, credits
    allowance.save(update_fields=["credits"])
    audit.services.record(
        actor=actor,
        action="allowance.changed",
        target=allowance,
        data={"participant": str(participant.pk), "from": before, "to": credits},
    )
    return allowance


def _current_allowance(participant: Participant) -> Allowance:
    """This month's allowance, made when it is first needed; of two who make it at once, both get the same row."""
    start, end = month_of(now())
    defaults = {"ends_at": end, "credits": lambda: participant.cohort.monthly_credits}
    return Allowance.objects.get_or_create(participant=participant, starts_at=start, defaults=defaults)[0]


def _lock_reservation(reservation: UUID) -> LedgerEntry:
    """The reserving entry, with its allowance's row locked."""
    reserved = LedgerEntry.objects.get(reservation=reservation, kind=EntryKind.RESERVE)
    lock(Allowance.objects.filter(pk=reserved.allowance_id)).get()
    return reserved


def _ends_of(reservation: UUID) -> set[str]:
    entries = LedgerEntry.objects.filter(reservation=reservation).exclude(kind=EntryKind.RESERVE)
    return set(entries.values_list("kind", flat=True))


def _append(reserved: LedgerEntry, kind: EntryKind, credits: int) -> None:
    LedgerEntry.objects.create(
        allowance_id=reserved.allowance_id, reservation=reserved.reservation, kind=kind, credits=credits
    )


def _quota_exceeded(balance: Balance, needed: int) -> QuotaExceeded:
    if needed > balance.allowance:
        sentence = ngettext(
            "This costs %(needed)s credits, and a whole month has only %(all)s: try it shorter or smaller. "
            "You have %(free)s credit left. Your credits renew on %(renews)s.",
            "This costs %(needed)s credits, and a whole month has only %(all)s: try it shorter or smaller. "
            "You have %(free)s credits left. Your credits renew on %(renews)s.",
            balance.free,
        )
    else:
        sentence = ngettext(
            "This costs %(needed)s credits and you have %(free)s credit left. Your credits renew on %(renews)s.",
            "This costs %(needed)s credits and you have %(free)s credits left. Your credits renew on %(renews)s.",
            balance.free,
        )
    words = {"needed": needed, "free": balance.free, "all": balance.allowance, "renews": balance.renews}
    extra = {"free": balance.free, "needed": needed, "renews_at": instant(balance.renews_at)}
    return QuotaExceeded(sentence % words, extra=extra)
