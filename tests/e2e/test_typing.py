"""What becomes of words while they are typed: those that the model ignores, and a session that ends meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from accounts.models import Participant
from tests.e2e.test_accessibility import WIDE, check, sign_in
from tests.factories import ParticipantFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PROMPT = "a red circle moving left at sunset"


@pytest.fixture
def participant(db: None) -> Participant:
    return ParticipantFactory()


@pytest.fixture
def page(person: Callable[..., Page]) -> Page:
    return person(viewport=WIDE)


def open_studio(page: Page, user, address: str) -> None:
    sign_in(page, user, address)
    page.goto(f"{address}/studio/")


def test_ignored_words_are_named_without_moving_anything_and_follow_the_model(page: Page, live_server, participant):
    open_studio(page, participant.user, live_server.url)
    below = page.locator("#model-demo").locator("..")
    place = below.bounding_box()
    page.fill("#id_prompt", PROMPT)
    expect(page.locator("#ignored")).to_have_text("Demo ignores: “at”, “sunset”.")
    assert below.bounding_box() == place
    assert check(page, "ignored words") == []
    page.locator("#model-sketch").check(force=True)
    expect(page.locator("#ignored")).to_have_text("")
    page.locator("#model-demo-turbo").check(force=True)
    expect(page.locator("#ignored")).to_have_text("Demo Turbo ignores: “at”, “sunset”.")
    expect(page.locator("#id_prompt")).to_have_value(PROMPT)


def test_a_session_that_ends_while_somebody_types_costs_no_word(page: Page, live_server, participant):
    open_studio(page, participant.user, live_server.url)
    page.fill("#id_seed", "77")
    Session.objects.all().delete()
    page.fill("#id_prompt", PROMPT)
    page.wait_for_url("**/accounts/login/**")
    open_studio(page, participant.user, live_server.url)
    expect(page.locator("#id_prompt")).to_have_value(PROMPT)
    expect(page.locator("#id_seed")).to_have_value("77")
    page.reload()
    assert page.evaluate("sessionStorage.getItem('draft')") is None


def test_whoever_signs_in_next_does_not_find_them(page: Page, live_server, participant):
    open_studio(page, participant.user, live_server.url)
    Session.objects.all().delete()
    page.fill("#id_prompt", PROMPT)
    page.wait_for_url("**/accounts/login/**")
    open_studio(page, ParticipantFactory().user, live_server.url)
    expect(page.locator("#id_prompt")).to_have_value("")
    assert page.evaluate("sessionStorage.getItem('draft')") is None
