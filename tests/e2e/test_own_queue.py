"""One's own queue in a real browser: by keyboard, where the focus goes with the swap, and without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.e2e.test_accessibility import browse, check, check_everywhere  # noqa: F401  a fixture among them
from tests.factories import GenerationFactory, ParticipantFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# As a quick hand does, or a slow machine: what has the focus is pressed again as soon as the new buttons stand there.
ONCE_MORE_AT_ONCE = """() => {
  const press = () => { window.pressedAgain = true; document.activeElement.click(); };
  document.addEventListener("htmx:afterSwap", () => setTimeout(press), { once: true });
}"""


@pytest.fixture
def artist(db: None) -> User:
    """With three takes that wait, and one that renders."""
    participant = ParticipantFactory(public_name="Mira Okonkwo")
    GenerationFactory(participant=participant, take=1, state="running", prompt="A red kite over a dry lake bed")
    for take in (2, 3, 4):
        GenerationFactory(participant=participant, take=take)
    return participant.user


def takes(page: Page) -> list[str]:
    return page.locator(".now-take").all_inner_texts()


def test_the_focus_goes_with_the_take_that_is_moved(browse: Any, artist: User) -> None:  # noqa: F811
    page = browse(artist)
    page.goto("/studio/")
    page.evaluate(ONCE_MORE_AT_ONCE)
    up = page.get_by_role("button", name="Move take 4 up")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".now-take")).to_have_text(["Take 1", "Take 4", "Take 2", "Take 3"])
    # At the top the button has nothing left to do, and keeps the focus all the same.
    expect(up).to_be_focused()
    expect(up).to_have_attribute("aria-disabled", "true")
    assert page.evaluate("window.pressedAgain"), "the form was sent by the browser itself, and the page loaded anew"


def test_pausing_keeps_the_focus_on_what_resumes(browse: Any, artist: User) -> None:  # noqa: F811
    page = browse(artist)
    page.goto("/studio/")
    page.get_by_role("button", name="Pause take 3").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Paused by you", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Resume take 3")).to_be_focused()
    assert check(page, "paused") == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause take 3")).to_be_focused()


def test_without_javascript_the_buttons_are_forms(browse: Any, artist: User) -> None:  # noqa: F811
    page = browse(artist, java_script_enabled=False)
    page.goto("/studio/")
    page.get_by_role("button", name="Move take 4 to the front").click()
    expect(page.get_by_text("Take 4 has its new place.")).to_be_visible()
    assert takes(page) == ["Take 1", "Take 4", "Take 2", "Take 3"]
    page.get_by_role("button", name="Pause take 4").click()
    expect(page.get_by_text("Paused by you", exact=True)).to_be_visible()


def test_it_is_accessible_wide_and_narrow_light_and_dark(browse: Any, artist: User, live_server: Any) -> None:  # noqa: F811
    check_everywhere(browse(artist), live_server.url, ["/studio/"])
