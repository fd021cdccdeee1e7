"""Reserve, settle, release, change: what each does to the balance and what it refuses."""

from __future__ import annotations

from dataclasses import astuple
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from common.actors import System
from common.errors import Conflict, Invalid, NotAllowed, QuotaExceeded
from quotas import services
from quotas.models import Allowance, EntryKind, LedgerEntry
from quotas.periods import month_of
from quotas.selectors import balance
from tests.factories import AdminFactory, CohortFactory, ParticipantFactory

pytestmark = pytest.mark.django_db
TESTER = System("test")


@pytest.fixture
def participant():
    return ParticipantFactory(cohort__monthly_credits=100)


@pytest.fixture
def clock(monkeypatch):
    """Moves the programme's clock."""

    def move(moment: datetime) -> None:
        for module in ("quotas.services", "quotas.selectors"):
            monkeypatch.setattr(f"{module}.now", lambda: moment)

    return move


def reserve(participant, credits, reservation=None):
    reservation = reservation or uuid4()
    services.reserve(actor=TESTER, participant=participant, reservation=reservation, credits=credits)
    return reservation


def numbers(participant):
    """(allowance, settled, reserved, free)"""
    return astuple(balance(participant))[:4]


def test_before_anything_is_used_the_balance_is_what_the_cohort_gives(participant):
    assert numbers(participant) == (100, 0, 0, 100)
    assert not Allowance.objects.exists()


def test_the_balance_takes_one_query(participant, django_assert_num_queries):
    reserve(participant, 5)
    # 1. the participant with the month's allowance and three sums
    with django_assert_num_queries(1):
        balance(participant)


def test_reserving_sets_credits_aside(participant):
    reserve(participant, 30)
    assert numbers(participant) == (100, 0, 30, 70)


def test_everything_that_is_free_can_be_reserved_and_not_one_more(participant):
    reserve(participant, 100)
    with pytest.raises(QuotaExceeded):
        reserve(participant, 1)
    assert numbers(participant) == (100, 0, 100, 0)


def test_over_quota_says_what_is_left_what_it_needs_and_when_it_renews(participant, clock):
    clock(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    reserve(participant, 90)
    with pytest.raises(QuotaExceeded) as refused:
        reserve(participant, 40)
    assert refused.value.message == (
        "This costs 40 credits and you have 10 credits left. Your credits renew on 1 January, 00:00 UTC."
    )
    assert refused.value.extra == {"free": 10, "needed": 40, "renews_at": "2027-01-01T00:00:00Z"}


def test_a_price_above_the_whole_month_says_so_and_the_same_besides(participant, clock):
    clock(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    reserve(participant, 99)
    with pytest.raises(QuotaExceeded) as refused:
        reserve(participant, 101)
    assert refused.value.message == (
        "This costs 101 credits, and a whole month has only 100: try it shorter or smaller. "
        "You have 1 credit left. Your credits renew on 1 January, 00:00 UTC."
    )
    assert refused.value.extra == {"free": 1, "needed": 101, "renews_at": "2027-01-01T00:00:00Z"}


def test_when_it_renews_is_told_in_the_time_of_whoever_reads_it(participant, clock):
    clock(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    with timezone.override("America/New_York"), pytest.raises(QuotaExceeded) as refused:
        reserve(participant, 101)
    assert refused.value.message.endswith("Your credits renew on 31 December, 19:00 EST.")
    assert refused.value.extra["renews_at"] == "2027-01-01T00:00:00Z"


def test_reserving_twice_for_one_generation_is_reserving_once(participant):
    reservation = reserve(participant, 60)
    reserve(participant, 60, reservation)
    assert numbers(participant) == (100, 0, 60, 40)


def test_negative_credits_are_a_mistake_of_the_caller(participant):
    with pytest.raises(ValueError, match="never negative"):
        reserve(participant, -1)


def test_settling_charges_all_of_it(participant):
    reservation = reserve(participant, 30)
    services.settle(actor=TESTER, reservation=reservation)
    services.settle(actor=TESTER, reservation=reservation)
    assert numbers(participant) == (100, 30, 0, 70)


def test_settling_less_gives_the_rest_back(participant):
    reservation = reserve(participant, 30)
    services.settle(actor=TESTER, reservation=reservation, credits=12)
    assert numbers(participant) == (100, 12, 0, 88)
    rows = dict(LedgerEntry.objects.values_list("kind", "credits"))
    assert rows == {EntryKind.RESERVE: 30, EntryKind.SETTLE: 12, EntryKind.RELEASE: 18}


def test_nobody_is_charged_more_than_was_reserved(participant):
    reservation = reserve(participant, 30)
    with pytest.raises(ValueError, match="Only what was reserved"):
        services.settle(actor=TESTER, reservation=reservation, credits=31)


def test_releasing_gives_everything_back_once(participant):
    reservation = reserve(participant, 30)
    services.release(actor=TESTER, reservation=reservation)
    services.release(actor=TESTER, reservation=reservation)
    assert numbers(participant) == (100, 0, 0, 100)
    assert LedgerEntry.objects.count() == 2


def test_what_was_released_cannot_be_charged(participant):
    reservation = reserve(participant, 30)
    services.release(actor=TESTER, reservation=reservation)
    with pytest.raises(Conflict):
        services.settle(actor=TESTER, reservation=reservation)


def test_what_was_charged_cannot_be_released(participant):
    reservation = reserve(participant, 30)
    services.settle(actor=TESTER, reservation=reservation)
    with pytest.raises(Conflict):
        services.release(actor=TESTER, reservation=reservation)


def test_an_october_reservation_is_paid_by_october(participant, clock):
    clock(datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    reservation = reserve(participant, 80)
    clock(datetime(2026, 11, 1, 0, 1, tzinfo=UTC))
    assert numbers(participant) == (100, 0, 0, 100)
    services.settle(actor=TESTER, reservation=reservation)
    assert numbers(participant) == (100, 0, 0, 100)
    clock(datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    assert numbers(participant) == (100, 80, 0, 20)


def test_a_cohorts_new_figure_counts_from_the_next_allowance(participant, clock):
    clock(datetime(2026, 10, 5, tzinfo=UTC))
    reserve(participant, 1)
    participant.cohort.monthly_credits = 7
    participant.cohort.save()
    assert numbers(participant)[0] == 100
    clock(datetime(2026, 11, 5, tzinfo=UTC))
    assert numbers(participant)[0] == 7


def test_an_admin_changes_this_months_credits_and_the_log_says_so(participant):
    admin = AdminFactory()
    services.set_credits(actor=admin, participant=participant, credits=250)
    assert numbers(participant) == (250, 0, 0, 250)
    event = AuditEvent.objects.get()
    assert (event.action, event.data["from"], event.data["to"]) == ("allowance.changed", 100, 250)
    services.set_credits(actor=admin, participant=participant, credits=250)
    assert AuditEvent.objects.count() == 1


def test_credits_do_not_fall_below_what_is_used_or_reserved(participant):
    services.settle(actor=TESTER, reservation=reserve(participant, 20))
    reserve(participant, 30)
    services.set_credits(actor=TESTER, participant=participant, credits=50)
    for wrong in (49, -1, 1_000_001, True, 50.5):
        with pytest.raises(Invalid) as refused:
            services.set_credits(actor=TESTER, participant=participant, credits=wrong)
        assert refused.value.fields[0].allowed == "50 to 1000000"
    assert numbers(participant) == (50, 20, 30, 0)


def test_an_artist_does_not_change_credits(participant):
    with pytest.raises(NotAllowed):
        services.set_credits(actor=participant.user, participant=participant, credits=1000)


def test_people_of_one_cohort_do_not_share_an_allowance():
    cohort = CohortFactory(monthly_credits=10)
    one, other = ParticipantFactory(cohort=cohort), ParticipantFactory(cohort=cohort)
    reserve(one, 10)
    assert numbers(other) == (10, 0, 0, 10)


@pytest.mark.parametrize(
    ("moment", "start", "end"),
    [
        ((2026, 1, 1), (2026, 1, 1), (2026, 2, 1)),
        ((2026, 12, 31), (2026, 12, 1), (2027, 1, 1)),
        ((2028, 2, 29), (2028, 2, 1), (2028, 3, 1)),
    ],
)
def test_months_run_from_the_first_to_the_first(moment, start, end):
    assert month_of(datetime(*moment, tzinfo=UTC)) == (datetime(*start, tzinfo=UTC), datetime(*end, tzinfo=UTC))


def test_a_month_is_a_month_in_utc():
    elsewhere = datetime(2026, 11, 1, 0, 30, tzinfo=timezone.get_fixed_timezone(60))
    assert month_of(elsewhere)[0] == datetime(2026, 10, 1, tzinfo=UTC)
