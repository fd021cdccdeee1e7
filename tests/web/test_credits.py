"""The page of an artist's credits: what is left, and what became of the rest."""

from __future__ import annotations

from uuid import UUID

import pytest

from common.actors import System
from quotas import services
from tests.factories import GenerationFactory, ParticipantFactory
from web import selectors

pytestmark = pytest.mark.django_db
CREDITS = "/settings/credits/"
TESTER = System("test")


@pytest.fixture
def participant():
    return ParticipantFactory(cohort__monthly_credits=100)


def take_of(participant, price: int = 4, **fields):
    """A take whose price is held."""
    take = GenerationFactory(participant=participant, price=price, **fields)
    services.reserve(actor=TESTER, participant=participant, reservation=take.pk, credits=price)
    return take


def rows_of(user) -> list[tuple[str, str]]:
    return [(row.words, row.amount) for row in selectors.movements(user).rows]


def test_each_movement_names_its_take_and_what_it_does_to_the_rest(client, participant):
    done, failed = take_of(participant, 10, take=1, prompt="Rain & wind"), take_of(participant, 4, take=2)
    services.settle(actor=TESTER, reservation=done.pk, credits=7)
    services.release(actor=TESTER, reservation=failed.pk)
    take_of(participant, 5, take=3)
    assert sorted(rows_of(participant.user)) == [
        ("Charged for take 1", "7"),
        ("Given back from take 1", "+3"),
        ("Given back from take 2", "+4"),
        ("Held for take 1", "−10"),
        ("Held for take 2", "−4"),
        ("Held for take 3", "−5"),
    ]
    client.force_login(participant.user)
    page = client.get(CREDITS).content.decode()
    assert "88 of 100 credits left this month" in page
    assert f"/generations/{failed.pk}/" in page
    assert "Rain &amp; wind" in page


def test_the_bar_is_the_whole_month(client, participant):
    services.settle(actor=TESTER, reservation=take_of(participant, 30, take=1).pk, credits=30)
    take_of(participant, 20, take=2)
    client.force_login(participant.user)
    parts = {part.key: (part.credits, part.x, part.width) for part in client.get(CREDITS).context["parts"]}
    assert parts == {"settled": (30, 0, 300), "reserved": (20, 300, 200), "free": (50, 500, 500)}


def test_a_month_without_credits_divides_by_nothing(client):
    client.force_login(ParticipantFactory(cohort__monthly_credits=0).user)
    page = client.get(CREDITS).content.decode()
    assert "0 of 0 credits left" in page
    assert "Nothing was used yet" in page


def test_nobody_sees_another_ones(client, participant):
    take_of(participant, take=1, prompt="a secret")
    client.force_login(ParticipantFactory().user)
    assert "a secret" not in client.get(CREDITS).content.decode()


def test_earlier_ones_are_on_the_next_page_and_none_is_lost(client, participant, monkeypatch):
    monkeypatch.setattr(selectors, "MOVEMENTS_A_PAGE", 2)
    for number in range(1, 6):
        take_of(participant, take=number)
    client.force_login(participant.user)
    seen, address = [], CREDITS
    while True:
        shown = client.get(address).context["movements"]
        seen += [row.generation.take for row in shown.rows]
        if shown.earlier is None:
            break
        address = f"{CREDITS}?before={shown.earlier}"
    assert seen == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("before", "words"),
    [("nonsense", "Held for take 1"), ("%00", "Held for take 1"), (str(UUID(int=0)), "There is nothing earlier.")],
)
def test_a_cursor_that_is_none_begins_anew_and_one_past_the_end_says_so(client, participant, before, words):
    take_of(participant, take=1)
    client.force_login(participant.user)
    assert words in client.get(f"{CREDITS}?before={before}").content.decode()


@pytest.mark.parametrize("count", [1, 10])
def test_it_costs_the_same_however_much_happened(client, participant, count, django_assert_num_queries):
    for number in range(count):
        take_of(participant, 1, take=number + 1)
    client.force_login(participant.user)
    # 1. session  2. person  3. terms  4. participant  5. balance  6. a page of entries  7. their takes  8. unread
    with django_assert_num_queries(8):
        client.get(CREDITS)
