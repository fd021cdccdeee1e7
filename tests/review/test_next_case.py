"""The button “Next case” on the desk: what it says while it would bring nothing, and what the server answers anyway."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from review import services
from review.models import Claim, Rest

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def browser(reviewer) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


def form_of(answer) -> str:
    return answer.content.decode().partition('id="next-case"')[2].partition("</form>")[0]


@pytest.fixture
def resting(reviewer) -> Rest:
    moment = timezone.now()
    return Rest.objects.create(reviewer=reviewer, begins_at=moment, ends_at=moment + timedelta(minutes=20))


@pytest.fixture
def full(reviewer, video_maker, policy) -> None:
    for _ in range(services.CLAIMS_AT_ONCE):
        video = video_maker()
        services.claim(actor=reviewer, case=services.submit(actor=video.owner, video=video))


def test_while_a_case_waits_the_button_sends(browser, case):
    for headers in ({}, FRAGMENT):
        form = form_of(browser.get("/desk/", headers=headers))
        assert "aria-disabled" not in form
        assert 'type="button"' not in form
        assert "next-why" not in form


def test_with_nothing_waiting_it_says_so_and_sends_nothing(browser):
    form = form_of(browser.get("/desk/"))
    assert 'type="button" aria-disabled="true" aria-describedby="next-why"' in form
    assert "Nothing waits just now." in form


@pytest.mark.parametrize(
    ("state", "sentence"), [("resting", "take a rest until"), ("full", "You hold 3 cases already.")]
)
@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_a_reviewer_who_rests_or_holds_enough_reads_why_beside_it(request, browser, case, state, sentence, headers):
    request.getfixturevalue(state)
    held = Claim.objects.count()
    form = form_of(browser.get("/desk/", headers=headers))
    assert 'type="button" aria-disabled="true" aria-describedby="next-why"' in form
    assert sentence in form
    # Whoever sends it all the same is told the same, kindly, and gets nothing.
    answer = browser.post("/desk/next/")
    assert answer.status_code == 409
    assert sentence in answer.content.decode()
    assert Claim.objects.count() == held


def test_the_page_that_looks_for_itself_brings_the_button_to_life_again(browser, case, resting):
    Rest.objects.update(begins_at=timezone.now() - timedelta(hours=2), ends_at=timezone.now() - timedelta(hours=1))
    answer = browser.get("/desk/", headers=FRAGMENT).content.decode()
    assert 'id="next-case" method="post" action="/desk/next/" hx-swap-oob="true"' in answer
    assert "aria-disabled" not in answer.partition('id="next-case"')[2]
