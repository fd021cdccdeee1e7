"""I3: allowance = settled + reserved + free, always; what fails or is cancelled in the queue costs nothing; nothing is
charged twice.

First random movements through the services against a model of what they should do, then SQL that goes past them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from common.actors import System
from common.errors import Conflict, DailiesError, Invalid, QuotaExceeded
from generation.models import Generation
from generation.services import cancel, submit
from quotas import selectors, services
from quotas.models import Allowance, EntryKind, LedgerEntry
from quotas.selectors import balance, balance_of
from tests.factories import ParticipantFactory

TESTER = System("test")
on_sqlite = pytest.mark.sqlite  # REPLACE and rowids are its own
on_postgresql = pytest.mark.postgresql


# --- Random movements --------------------------------------------------------------------------------------------

CREDITS = 20
moves = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), st.integers(0, 9), st.integers(0, 12)),
        st.tuples(st.just("settle"), st.integers(0, 9), st.none() | st.integers(0, 12)),
        st.tuples(st.just("release"), st.integers(0, 9), st.none()),
        st.tuples(st.just("set_credits"), st.just(0), st.integers(0, 40)),
        st.tuples(st.just("next_month"), st.just(0), st.none()),
    ),
    min_size=1,
    max_size=25,
)


class Model:
    """What the ledger should say, in plain Python."""

    def __init__(self) -> None:
        self.month = 0
        self.credits = {0: CREDITS}
        self.reservations: dict[int, dict[str, int]] = {}  # number -> month, reserved, settled, open

    def sums(self, month: int) -> tuple[int, int, int, int]:
        rows = [row for row in self.reservations.values() if row["month"] == month]
        settled = sum(row["settled"] for row in rows)
        reserved = sum(row["reserved"] for row in rows if row["open"])
        return self.credits[month], settled, reserved, self.credits[month] - settled - reserved

    def reserve(self, number: int, credits: int) -> bool:
        if number in self.reservations:
            return True
        if credits > self.sums(self.month)[3]:
            return False
        self.reservations[number] = {"month": self.month, "reserved": credits, "settled": 0, "open": 1, "released": 0}
        return True

    def settle(self, number: int, credits: int | None) -> bool:
        row = self.reservations.get(number)
        if row is None or (credits is not None and credits > row["reserved"]):
            return False
        if row["open"]:
            row["settled"], row["open"] = row["reserved"] if credits is None else credits, 0
            return True
        return not row["released"]

    def release(self, number: int, _credits: None) -> bool:
        row = self.reservations.get(number)
        if row is None or (not row["open"] and not row["released"]):
            return False
        row["open"], row["released"] = 0, 1
        return True

    def set_credits(self, _number: int, credits: int) -> bool:
        _, settled, reserved, _ = self.sums(self.month)
        if credits < settled + reserved:
            return False
        self.credits[self.month] = credits
        return True

    def next_month(self, _number: int, _credits: None) -> bool:
        self.month += 1
        self.credits[self.month] = CREDITS
        return True


class TheLedgerBalances(TestCase):
    """The services do what the model does, and every month adds up after every movement."""

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(played=moves)
    def test_random_movements(self, played: list[tuple[str, int, int | None]]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            self.play(played, patch)

    def play(self, played: list[tuple[str, int, int | None]], patch: pytest.MonkeyPatch) -> None:
        participant = ParticipantFactory(cohort__monthly_credits=CREDITS)
        ids = [uuid.uuid4() for _ in range(10)]
        model = Model()
        self.set_month(patch, 0)
        for name, number, credits in played:
            expected = getattr(model, name)(number, credits)
            if name == "next_month":
                self.set_month(patch, model.month)
                worked = True
            else:
                worked = self.do(name, participant, ids[number], credits)
            assert worked == expected, (name, number, credits)
            now = balance(participant)
            assert (now.allowance, now.settled, now.reserved, now.free) == model.sums(model.month)
            for allowance in Allowance.objects.all():
                that = balance_of(allowance)
                assert that.allowance == that.settled + that.reserved + that.free
                assert min(that.settled, that.reserved, that.free) >= 0
                month = allowance.starts_at.month - 1
                assert (that.allowance, that.settled, that.reserved, that.free) == model.sums(month)

    @staticmethod
    def set_month(patch: pytest.MonkeyPatch, month: int) -> None:
        moment = datetime(2026 + month // 12, month % 12 + 1, 15, tzinfo=UTC)
        patch.setattr(services, "now", lambda: moment)
        patch.setattr(selectors, "now", lambda: moment)

    @staticmethod
    def do(name: str, participant, reservation: uuid.UUID, credits: int | None) -> bool:
        arguments = {
            "reserve": {"participant": participant, "reservation": reservation, "credits": credits},
            "settle": {"reservation": reservation, "credits": credits},
            "release": {"reservation": reservation},
            "set_credits": {"participant": participant, "credits": credits},
        }[name]
        try:
            with transaction.atomic():
                getattr(services, name)(actor=TESTER, **arguments)
        except (QuotaExceeded, Conflict, Invalid, ValueError, LedgerEntry.DoesNotExist):
            return False
        return True


class WhatIsCancelledInTheQueueCostsNothing(TestCase):
    """Whatever is asked for and called off, the ledger knows one reservation for each and no charge."""

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.lists(st.tuples(st.sampled_from(["submit", "cancel"]), st.integers(0, 5)), min_size=1, max_size=14))
    def test_random_requests(self, played: list[tuple[str, int]]) -> None:
        participant = ParticipantFactory(cohort__monthly_credits=CREDITS, cohort__max_queued=4)
        made: list[Generation] = []
        for name, number in played:
            try:
                if name == "submit":
                    seconds = (2, 4, 6, 8, 10, 3)[number]
                    made.append(
                        submit(
                            actor=participant.user,
                            model_key="sketch",
                            prompt="rain",
                            size="320x192",
                            seconds=seconds,
                            seed=1,
                        )
                    )
                elif number < len(made):
                    cancel(actor=participant.user, generation=made[number])
            except DailiesError:
                continue
            waiting = Generation.objects.filter(state="queued").values_list("price", flat=True)
            now = balance(participant)
            assert (now.settled, now.reserved) == (0, sum(waiting))
            assert now.allowance == CREDITS == now.reserved + now.free
            reserved = LedgerEntry.objects.filter(kind=EntryKind.RESERVE).values_list("reservation", flat=True)
            assert sorted(reserved) == sorted(one.pk for one in made)


# --- Past the services -------------------------------------------------------------------------------------------

ENTRY = (
    "{verb} INTO quotas_ledgerentry ({rowid}id, allowance_id, reservation, kind, credits, created_at) "
    "VALUES ({value}%s, %s, %s, %s, %s, %s)"
)


def sql(statement: str, *values: object) -> int:
    prepared = [
        value.hex if isinstance(value, uuid.UUID) and connection.vendor == "sqlite" else value for value in values
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement, prepared)
        return cursor.rowcount


def insert(
    allowance, reservation, kind, credits, *, pk=None, verb="INSERT", rowid: int | None = None
) -> Callable[[], int]:
    columns, value = ("rowid, ", f"{rowid}, ") if rowid is not None else ("", "")
    statement = ENTRY.format(verb=verb, rowid=columns, value=value)
    return lambda: sql(
        statement, pk or uuid.uuid4(), allowance.pk, reservation, kind, credits, datetime(2026, 1, 1, tzinfo=UTC)
    )


def refused(attack: Callable[[], object], match: str | None = None) -> None:
    """The attack raises, and every row is as before."""
    before = _everything()
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        attack()
    assert _everything() == before


def _everything() -> list[object]:
    return [list(Allowance.objects.order_by("pk").values()), list(LedgerEntry.objects.order_by("pk").values())]


@pytest.fixture
def participant(db):
    return ParticipantFactory(cohort__monthly_credits=CREDITS)


@pytest.fixture
def entry(participant) -> LedgerEntry:
    """Eight of twenty credits are reserved."""
    services.reserve(actor=TESTER, participant=participant, reservation=uuid.uuid4(), credits=8)
    return LedgerEntry.objects.select_related("allowance").get()


@pytest.fixture
def other(participant) -> Allowance:
    """Another month of the same participant."""
    start = datetime(2025, 1, 1, tzinfo=UTC)
    return Allowance.objects.create(
        participant=participant, starts_at=start, ends_at=start + timedelta(days=31), credits=CREDITS
    )


@pytest.mark.parametrize(
    "change",
    ["credits = 0", "kind = 'release'", "created_at = '2020-01-01'", "reservation = id", "allowance_id = allowance_id"],
)
def test_an_entry_is_never_changed(entry, change):
    refused(lambda: sql(f"UPDATE quotas_ledgerentry SET {change}"), "append-only")


def test_nor_by_the_orm(entry):
    refused(lambda: LedgerEntry.objects.update(credits=0), "append-only")
    entry.credits = 0
    refused(entry.save, "append-only")


def test_an_entry_is_never_removed(entry):
    refused(lambda: sql("DELETE FROM quotas_ledgerentry"), "append-only")
    refused(lambda: LedgerEntry.objects.all().delete(), "append-only")


@on_sqlite
@pytest.mark.usefixtures("plain_shell")
@pytest.mark.parametrize("verb", ["REPLACE", "INSERT OR REPLACE", "INSERT OR IGNORE"])
def test_an_entry_is_never_replaced_by_any_of_its_keys(entry, verb):
    allowance = entry.allowance
    refused(insert(allowance, uuid.uuid4(), "reserve", 1, pk=entry.pk, verb=verb), "append-only")
    refused(insert(allowance, entry.reservation, "reserve", 1, verb=verb), "append-only")
    rowid = LedgerEntry.objects.extra(select={"r": "rowid"}).values_list("r", flat=True).get()
    refused(insert(allowance, uuid.uuid4(), "reserve", 1, rowid=rowid, verb=verb), "append-only")
    refused(insert(allowance, uuid.uuid4(), "reserve", 1, rowid=-1, verb=verb), "append-only")


@on_sqlite
@pytest.mark.usefixtures("plain_shell")
def test_no_other_trigger_would_refuse_that(entry):
    # Made twice: once for every table that only grows, once with the ledger's own rules.
    for name in ("quotas_ledgerentry_no_replace", "quotas_ledger_no_replace"):
        sql(f"DROP TRIGGER {name}")
    assert insert(entry.allowance, uuid.uuid4(), "reserve", 1, pk=entry.pk, verb="REPLACE")() == 1
    assert LedgerEntry.objects.get().credits == 1


@on_sqlite
def test_an_upsert_changes_nothing(entry):
    def upsert() -> None:
        sql(
            "INSERT INTO quotas_ledgerentry SELECT * FROM quotas_ledgerentry WHERE true "
            "ON CONFLICT(id) DO UPDATE SET credits = 0"
        )

    refused(upsert, "append-only")


@on_postgresql
def test_an_upsert_changes_nothing_on_postgresql(entry):
    def upsert() -> None:
        sql(
            "INSERT INTO quotas_ledgerentry (id, allowance_id, reservation, kind, credits, created_at) "
            "VALUES (%s, %s, %s, 'reserve', 0, now()) ON CONFLICT (id) DO UPDATE SET credits = 0",
            entry.pk,
            entry.allowance_id,
            uuid.uuid4(),
        )

    refused(upsert, "append-only")


@on_postgresql
@pytest.mark.parametrize("table", ["quotas_ledgerentry", "quotas_allowance CASCADE", "accounts_participant CASCADE"])
def test_the_tables_are_not_truncated(entry, table):
    # Rows of this transaction leave trigger events that forbid TRUNCATE by themselves.
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    refused(lambda: sql(f"TRUNCATE {table}"), "append-only|truncated")


def test_a_reservation_does_not_overdraw_its_allowance(entry):
    refused(insert(entry.allowance, uuid.uuid4(), "reserve", 13), "overdraw")
    insert(entry.allowance, uuid.uuid4(), "reserve", 12)()
    refused(insert(entry.allowance, uuid.uuid4(), "reserve", 1), "overdraw")


def test_what_was_charged_is_not_free_again(entry):
    services.settle(actor=TESTER, reservation=entry.reservation)
    refused(insert(entry.allowance, uuid.uuid4(), "reserve", 13), "overdraw")


def test_what_was_given_back_is_free_again(entry):
    services.release(actor=TESTER, reservation=entry.reservation)
    insert(entry.allowance, uuid.uuid4(), "reserve", 20)()


def test_many_rows_in_one_statement_do_not_overdraw_together(entry):
    rows = [
        LedgerEntry(allowance=entry.allowance, reservation=uuid.uuid4(), kind="reserve", credits=7) for _ in range(2)
    ]
    refused(lambda: LedgerEntry.objects.bulk_create(rows), "overdraw")


@pytest.mark.parametrize("kind", ["settle", "release"])
def test_no_more_is_settled_or_released_than_was_reserved(entry, kind):
    refused(insert(entry.allowance, entry.reservation, kind, 9), "Only what was reserved")


def test_settled_and_released_together_are_no_more_than_was_reserved(entry):
    insert(entry.allowance, entry.reservation, "settle", 5)()
    refused(insert(entry.allowance, entry.reservation, "release", 4), "Only what was reserved")
    insert(entry.allowance, entry.reservation, "release", 3)()


def test_nothing_is_charged_twice(entry):
    insert(entry.allowance, entry.reservation, "settle", 4)()
    refused(insert(entry.allowance, entry.reservation, "settle", 4))


@pytest.mark.parametrize("kind", ["settle", "release"])
def test_what_was_never_reserved_is_neither_settled_nor_released(entry, kind):
    refused(insert(entry.allowance, uuid.uuid4(), kind, 0), "Only what was reserved")


@pytest.mark.parametrize("kind", ["settle", "release"])
def test_another_month_does_not_pay(entry, other, kind):
    refused(insert(other, entry.reservation, kind, 1), "Only what was reserved")


@pytest.mark.parametrize(("kind", "credits"), [("reserve", -5), ("settle", -5), ("release", -5), ("gift", 1)])
def test_there_are_no_negative_credits_and_no_other_kinds(entry, kind, credits):
    refused(insert(entry.allowance, entry.reservation, kind, credits))


@on_sqlite
@pytest.mark.parametrize("credits", ["many", 0.5, None, b"1"])
def test_credits_are_whole_numbers(entry, credits):
    refused(insert(entry.allowance, uuid.uuid4(), "reserve", credits))


def test_the_allowance_does_not_fall_below_what_is_settled_and_reserved(entry):
    services.settle(actor=TESTER, reservation=entry.reservation, credits=5)
    services.reserve(actor=TESTER, participant=entry.allowance.participant, reservation=uuid.uuid4(), credits=4)
    refused(lambda: sql("UPDATE quotas_allowance SET credits = 8"), "below")
    sql("UPDATE quotas_allowance SET credits = 9")
    refused(lambda: sql("UPDATE quotas_allowance SET credits = credits - 1"), "below")
    sql("UPDATE quotas_allowance SET credits = 100")


def test_an_allowance_keeps_its_participant_and_month(entry):
    someone = ParticipantFactory()
    refused(lambda: Allowance.objects.update(participant=someone), "keeps")
    refused(lambda: Allowance.objects.update(starts_at=datetime(2020, 1, 1, tzinfo=UTC)), "keeps")
    refused(lambda: Allowance.objects.update(ends_at=datetime(2090, 1, 1, tzinfo=UTC)), "keeps")
    refused(lambda: sql("UPDATE quotas_allowance SET id = %s", uuid.uuid4()))


def test_an_allowance_with_entries_is_not_removed(entry):
    def delete() -> None:
        sql("DELETE FROM quotas_allowance")
        if connection.vendor == "postgresql":
            sql("SET CONSTRAINTS ALL IMMEDIATE")

    refused(delete)


@on_sqlite
@pytest.mark.usefixtures("plain_shell")
@pytest.mark.parametrize("key", ["id", "month", "rowid"])
def test_an_allowance_is_not_replaced(entry, key):
    kept = entry.allowance
    rowid = Allowance.objects.extra(select={"r": "rowid"}).values_list("r", flat=True).get()
    someone = ParticipantFactory()
    refused(
        lambda: sql(
            "REPLACE INTO quotas_allowance (rowid, id, participant_id, starts_at, ends_at, credits) "
            "VALUES (%s, %s, %s, %s, %s, 0)",
            rowid if key == "rowid" else 77,
            kept.pk if key == "id" else uuid.uuid4(),
            kept.participant_id if key == "month" else someone.pk,
            *(str(moment.replace(tzinfo=None)) for moment in (kept.starts_at, kept.ends_at)),  # as Django writes them
        ),
        "exists",
    )
