"""The desk in Chromium: keys, the second step, a lost claim, one screen, axe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as site
from django.test import Client
from playwright.sync_api import Page, expect

from review import services
from review.models import Decision, ReviewCase
from tests.factories import PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}


@pytest.fixture
def submitted(transactional_db: None) -> ReviewCase:
    PolicyVersionFactory()
    video = make_finished_video()
    return services.submit(actor=video.owner, video=video, note="For the festival.")


@pytest.fixture
def at_desk(person: Callable[..., Page], submitted: ReviewCase, live_server: Any) -> Callable[..., Page]:
    """A reviewer's browser, signed in, at the desk."""

    def open_one(**options: Any) -> Page:
        client = Client()
        client.force_login(ReviewerFactory())
        page = person(**({"viewport": WIDE} | options))
        value = client.cookies[site.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": site.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
        page.goto("/desk/")
        return page

    return open_one


def case_is_open(page: Page) -> None:
    """The page is there before its styles apply and its scripts listen: a key pressed in between would go nowhere."""
    expect(page.locator("#decision")).to_be_visible()
    page.wait_for_load_state()


def at_case(at_desk: Callable[..., Page], **options: Any) -> Page:
    page = at_desk(**options)
    page.get_by_role("button", name="Next case").click()
    case_is_open(page)
    return page


def test_keys_decide_only_outside_of_fields_and_only_after_a_second_step(at_desk):
    page = at_case(at_desk)
    message = page.get_by_label("Message to the artist")
    message.click()
    page.keyboard.type("a car, rather")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(message).to_have_value("a car, rather")
    page.locator("h1").click()
    page.keyboard.press("r")
    expect(page.get_by_text("Choose a reason: the artist is owed one.")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_label("Reason").select_option("violence")
    page.locator("h1").click()
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Reject this video?")
    expect(dialog).to_contain_text("a car, rather")
    page.keyboard.press("Escape")
    assert not Decision.objects.exists()
    page.keyboard.press("c")
    dialog.get_by_role("button", name="Request changes").click()
    expect(page.get_by_text("Changes requested. The artist has")).to_be_visible()
    assert Decision.objects.get().outcome == "request_changes"


def test_approving_by_keyboard_alone(at_desk):
    page = at_desk()
    page.keyboard.press("n")
    case_is_open(page)
    page.keyboard.press("a")
    expect(page.get_by_role("dialog")).to_contain_text("Approve this video for sharing?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Approved. The artist has been told.")).to_be_visible()
    assert Decision.objects.get().outcome == "approve"


def test_arrows_step_frame_by_frame_and_the_time_goes_into_the_message(at_desk):
    page = at_case(at_desk)
    page.wait_for_function("() => document.querySelector('video').readyState >= 2")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    expect(page.locator("[data-timecode]")).to_contain_text("0:01:01")
    expect(page.locator("[data-timecode]")).to_contain_text("10/16")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-timecode]")).to_contain_text("9/16")
    page.keyboard.press("Space")
    page.wait_for_function("() => !document.querySelector('video').paused")
    page.keyboard.press("Space")
    page.keyboard.press("t")
    expect(page.get_by_label("Message to the artist")).to_be_focused()
    assert page.get_by_label("Message to the artist").input_value().startswith("0:0")


def test_a_lost_claim_says_so_closes_the_picture_and_keeps_the_text(at_desk, submitted, monkeypatch):
    monkeypatch.setattr("review.views.case.RENEW_SECONDS", 1)
    page = at_case(at_desk)
    page.get_by_label("Message to the artist").fill("My long text.")
    services.withdraw(actor=submitted.video.owner, case=submitted)
    expect(page.get_by_text("The artist withdrew the submission at")).to_be_visible()
    expect(page.get_by_label("Message to the artist")).to_have_value("My long text.")
    expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    expect(page.get_by_text("The picture is closed")).to_be_visible()
    assert page.evaluate("document.querySelector('video').currentSrc === '' || !document.querySelector('video').src")
    page.locator("h1").click()
    page.keyboard.press("a")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_nothing_that_is_needed_to_decide_scrolls_off_a_wide_screen(at_desk):
    page = at_case(at_desk)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    needed = ("video", "[data-strip]", "#policy-title", ".case-context", "#id_reason", "#id_artist_message")
    for selector in (*needed, "#id_internal_note", "[value=approve]", "[value=reject]", "[data-hold-time]"):
        box = page.locator(selector).bounding_box()
        assert box, selector
        assert box["y"] >= 0, selector
        assert box["y"] + box["height"] <= WIDE["height"], selector


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing(at_desk, live_server, viewport, scheme):
    page = at_desk(viewport=viewport)
    page.context.add_cookies([{"name": "theme", "value": scheme, "url": live_server.url}])
    page.reload()
    check(page)
    page.get_by_role("button", name="Next case").click()
    case_is_open(page)
    check(page)
    page.evaluate("document.getElementById('keys').showModal()")
    check(page)


def check(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    violations = Axe().run(page).response["violations"]
    assert not violations, [(found["id"], [node["html"] for node in found["nodes"]]) for found in violations]


def test_without_javascript_a_case_is_decided_by_plain_forms(at_desk):
    page = at_case(at_desk, java_script_enabled=False)
    page.get_by_label("Reason").select_option("violence")
    page.get_by_label("Message to the artist").fill("At 0:03.")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("heading", name="Reject this video?")).to_be_visible()
    page.get_by_role("button", name="Back to the case").click()
    expect(page.get_by_label("Message to the artist")).to_have_value("At 0:03.")
    page.get_by_role("button", name="Renew").click()
    page.get_by_label("Reason").select_option("violence")
    page.get_by_label("Message to the artist").fill("At 0:04.")
    page.get_by_role("button", name="Reject").click()
    page.get_by_role("button", name="Yes, decide").click()
    expect(page.get_by_text("Rejected. The artist has")).to_be_visible()
    assert Decision.objects.get().artist_message == "At 0:04."
