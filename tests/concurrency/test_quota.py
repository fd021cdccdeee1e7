"""Many requests at one allowance. Each race is shown to happen without its guard first, then to be over with it.

Both guards, the row lock of the services and the trigger of the database, hold alone as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from common.actors import System
from common.errors import Conflict, QuotaExceeded
from generation.models import Generation
from generation.services import cancel, submission, submit
from quotas import selectors, services
from quotas.models import Allowance, EntryKind, LedgerEntry
from quotas.selectors import balance
from tests.concurrency.threads import so_many
from tests.factories import ParticipantFactory

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

TESTER = System("test")
THREADS, CREDITS, PRICE = 10, 30, 10  # three of ten can have theirs


@pytest.fixture
def participant():
    return ParticipantFactory(cohort__monthly_credits=CREDITS, cohort__max_queued=50)


@pytest.fixture(autouse=True)
def _slow_thinkers(monkeypatch) -> None:
    """A pause between looking and writing, in which everybody else looks too."""

    def slow(function: Callable[..., Any]) -> Callable[..., Any]:
        def looks_then_waits(*args: Any) -> Any:
            seen = function(*args)
            time.sleep(0.05)
            return seen

        return looks_then_waits

    monkeypatch.setattr(services, "balance_of", slow(selectors.balance_of))
    monkeypatch.setattr(services, "_ends_of", slow(services._ends_of))


@pytest.fixture
def no_lock(monkeypatch) -> None:
    for module in (services, submission):
        monkeypatch.setattr(module, "lock", lambda queryset: queryset)


@contextmanager
def without_trigger() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE quotas_ledgerentry DISABLE TRIGGER quotas_ledger_insert")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE quotas_ledgerentry ENABLE TRIGGER quotas_ledger_insert")


def reserve(participant):
    def action(_index: int) -> None:
        services.reserve(actor=TESTER, participant=participant, reservation=uuid4(), credits=PRICE)

    return action


def reserved() -> int:
    return LedgerEntry.objects.filter(kind=EntryKind.RESERVE).aggregate(total=Sum("credits"))["total"] or 0


# --- Reserving ---------------------------------------------------------------------------------------------------


def test_without_lock_and_trigger_the_allowance_is_overdrawn(participant, no_lock):
    with without_trigger():
        so_many(THREADS, reserve(participant))
    assert reserved() > CREDITS
    assert balance(participant).free < 0


def test_the_lock_alone_keeps_the_allowance(participant):
    with without_trigger():
        results = so_many(THREADS, reserve(participant))
    assert results.count(None) == 3
    assert sum(isinstance(result, QuotaExceeded) for result in results) == 7
    assert reserved() == CREDITS


def test_the_trigger_alone_keeps_the_allowance(participant, no_lock):
    results = so_many(THREADS, reserve(participant))
    assert results.count(None) == 3
    assert sum(isinstance(result, IntegrityError) for result in results) == 7
    assert reserved() == CREDITS


def test_parallel_sql_does_not_overdraw(participant):
    services.reserve(actor=TESTER, participant=participant, reservation=uuid4(), credits=0)
    allowance = Allowance.objects.get()

    def insert(_index: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO quotas_ledgerentry (id, allowance_id, reservation, kind, credits, created_at) "
                "VALUES (%s, %s, %s, 'reserve', %s, now())",
                [uuid4(), allowance.pk, uuid4(), PRICE],
            )
            time.sleep(0.05)

    results = so_many(THREADS, insert)
    assert results.count(None) == 3
    assert reserved() == CREDITS


def test_repeatable_read_which_would_not_see_the_others_is_refused(participant):
    services.reserve(actor=TESTER, participant=participant, reservation=uuid4(), credits=0)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(IntegrityError, match="REPEATABLE READ"), transaction.atomic():
            services.reserve(actor=TESTER, participant=participant, reservation=uuid4(), credits=PRICE)
    assert reserved() == 0


def test_the_months_allowance_is_made_once(participant):
    results = so_many(THREADS, reserve(participant))
    assert Allowance.objects.count() == 1
    assert results.count(None) == 3


def test_lowering_the_allowance_and_reserving_agree_on_an_order(participant):
    services.reserve(actor=TESTER, participant=participant, reservation=uuid4(), credits=PRICE)

    def act(index: int) -> None:
        if index % 2:
            services.set_credits(actor=TESTER, participant=participant, credits=PRICE)
        else:
            reserve(participant)(index)

    so_many(THREADS, act)
    now = balance(participant)
    assert now.free >= 0
    assert now.allowance in {PRICE, CREDITS}


# --- Settling and releasing --------------------------------------------------------------------------------------


def settle_or_release(reservation):
    def action(index: int) -> None:
        (services.settle if index % 2 else services.release)(actor=TESTER, reservation=reservation)

    return action


def test_without_lock_and_trigger_credits_are_both_charged_and_given_back(participant, no_lock):
    reservation = uuid4()
    services.reserve(actor=TESTER, participant=participant, reservation=reservation, credits=PRICE)
    with without_trigger():
        so_many(4, settle_or_release(reservation))
    assert {entry.kind for entry in LedgerEntry.objects.all()} == {"reserve", "settle", "release"}
    assert balance(participant).reserved < 0


@pytest.mark.parametrize("guard", ["lock", "trigger"])
def test_credits_are_charged_or_given_back_never_both(participant, guard, request):
    reservation = uuid4()
    services.reserve(actor=TESTER, participant=participant, reservation=reservation, credits=PRICE)
    if guard == "trigger":
        request.getfixturevalue("no_lock")
        results = so_many(THREADS, settle_or_release(reservation))
    else:
        with without_trigger():
            results = so_many(THREADS, settle_or_release(reservation))
    assert LedgerEntry.objects.count() == 2
    assert balance(participant).reserved == 0
    assert all(result is None or isinstance(result, Conflict | IntegrityError) for result in results)


# --- Submitting --------------------------------------------------------------------------------------------------


def ask(user):
    def action(_index: int) -> int:
        return submit(actor=user, model_key="sketch", prompt="rain", size="320x192", seconds=PRICE, seed=1).take

    return action


def test_parallel_submits_never_exceed_the_quota(participant):
    results = so_many(THREADS, ask(participant.user))
    assert sorted(result for result in results if isinstance(result, int)) == [1, 2, 3]
    assert sum(isinstance(result, QuotaExceeded) for result in results) == 7
    assert Generation.objects.count() == LedgerEntry.objects.count() == 3
    assert balance(participant).free == 0


def test_without_the_lock_takes_collide(participant, no_lock):
    results = so_many(THREADS, ask(participant.user))
    assert any(isinstance(result, IntegrityError) for result in results)


def test_takes_count_without_gaps_when_many_are_refused(participant):
    for _ in range(2):
        so_many(4, ask(participant.user))
        cancel(actor=participant.user, generation=Generation.objects.filter(state="queued").first())
    takes = sorted(Generation.objects.values_list("take", flat=True))
    assert takes == list(range(1, len(takes) + 1))


def test_parallel_submits_never_exceed_the_cap_of_the_queue():
    user = ParticipantFactory(cohort__monthly_credits=1000, cohort__max_queued=4).user
    results = so_many(THREADS, ask(user))
    assert sum(isinstance(result, int) for result in results) == 4
    assert {result.code for result in results if isinstance(result, QuotaExceeded)} == {"queue_full"}


def test_parallel_cancels_give_back_once(participant):
    generation = submit(
        actor=participant.user, model_key="sketch", prompt="rain", size="320x192", seconds=PRICE, seed=1
    )
    results = so_many(THREADS, lambda _index: cancel(actor=participant.user, generation=generation).state)
    assert set(results) == {"cancelled"}
    assert LedgerEntry.objects.filter(kind=EntryKind.RELEASE).count() == 1
    assert balance(participant).free == CREDITS
