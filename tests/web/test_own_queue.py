"""One's own queue in the studio: pause, resume, move; by htmx and by plain forms."""

from __future__ import annotations

import pytest

from generation.fairness import eligible_in_order
from generation.models import Generation
from generation.services import switches
from tests.factories import AdminFactory, GenerationFactory
from web.durations import between

pytestmark = pytest.mark.django_db
STUDIO = "/studio/"


@pytest.fixture
def htmx() -> dict[str, str]:
    return {"HX-Request": "true"}


@pytest.fixture
def three(cast) -> list[Generation]:
    return [GenerationFactory(participant=cast.participant, take=take) for take in (1, 2, 3)]


def test_pausing_says_so_and_offers_to_resume(cast, three, htmx):
    client = cast.as_(cast.artist)
    answer = client.post(f"/generations/{three[0].pk}/hold/", headers=htmx).content.decode()
    assert "Paused by you" in answer
    assert "Resume take 1" in answer
    assert "Take 2 is next." in answer
    answer = client.post(f"/generations/{three[0].pk}/resume/", headers=htmx).content.decode()
    assert "Paused by you" not in answer
    assert "Pause take 1" in answer


def test_the_studio_lists_what_waits_in_the_artists_own_order(cast, three, htmx):
    client = cast.as_(cast.artist)
    answer = client.post(f"/generations/{three[2].pk}/move/", {"to": "front"}, headers=htmx)
    assert [take.generation.take for take in answer.context["studio"].active] == [3, 1, 2]
    assert [row.take for row in eligible_in_order()] == [3, 1, 2]


def test_what_renders_stays_above_what_was_moved_to_the_front(cast, three, htmx):
    Generation.objects.filter(pk=three[1].pk).update(state="running")
    answer = cast.as_(cast.artist).post(f"/generations/{three[2].pk}/move/", {"to": "front"}, headers=htmx)
    active = answer.context["studio"].active
    assert [(take.generation.take, take.rank, take.ranks) for take in active] == [(2, 0, 0), (3, 1, 2), (1, 2, 2)]


def test_a_take_whose_model_is_off_says_what_it_waits_for(cast, three):
    switches.set_switch(actor=AdminFactory(), model_key="sketch", cohort=None, is_on=False)
    words = "Take 1 waits: its model is switched off for now."
    client = cast.as_(cast.artist)
    assert words in client.get(STUDIO).content.decode()
    switches.set_switch(actor=AdminFactory(), model_key="sketch", cohort=cast.participant.cohort, is_on=True)
    assert words not in client.get(STUDIO).content.decode()


def test_plain_forms_lead_back_with_a_word(cast, three):
    client = cast.as_(cast.artist)
    for act, body, words in (
        ("hold", {}, "Take 1 is paused. It keeps its credits"),
        ("resume", {}, "Take 1 waits for its turn again."),
        ("move", {"to": "down"}, "Take 1 has its new place."),
    ):
        answer = client.post(f"/generations/{three[0].pk}/{act}/", body, follow=True)
        assert words in answer.content.decode()


def test_too_late_is_said(cast, three, htmx):
    Generation.objects.filter(pk=three[0].pk).update(state="running")
    answer = cast.as_(cast.artist).post(f"/generations/{three[0].pk}/hold/", follow=True)
    assert "It has just started to render." in answer.content.decode()


def test_one_alone_has_nothing_to_be_moved_past(cast):
    GenerationFactory(participant=cast.participant, take=1)
    page = cast.as_(cast.artist).get(STUDIO).content.decode()
    assert "Pause take 1" in page
    assert "/move/" not in page


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0, 0, "1 s"),
        (8, 12, "8 to 10 s"),
        (21, 44, "20 to 45 s"),
        (100, 250, "2 to 4 min"),
        (20, 100, "2 min"),
        (115, 130, "2 min"),
        (3600, 9000, "1 to 2 h"),
        (86400, 400000, "1 to 5 days"),
    ],
)
def test_a_range_is_told_in_one_unit(low, high, words):
    assert between(low, high) == words
