"""How the picture meets the reviewer, switched by letters; and the claim, renewed only while somebody looks."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module

import pytest
from playwright.sync_api import expect

from common.clock import now
from review.models import Claim, ReviewCase
from tests.e2e.test_desk import at_case, at_desk, film_is_ready, submitted  # noqa: F401  fixtures among them

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_letters_blur_grey_shrink_mute_and_loop(at_desk):  # noqa: F811
    """Each letter switches on what it says and off again; the picture itself changes, and not only a button."""
    page = at_case(at_desk)
    film_is_ready(page)
    picture = "getComputedStyle(document.querySelector('video')).filter"
    for key, look, means in (("b", "blurred", "blur"), ("g", "greyscale", "grayscale"), ("s", "small", "")):
        switch = page.locator(f"[data-look-switch={look}]")
        before = page.locator("video").bounding_box()
        page.keyboard.press(key)
        expect(page.locator("[data-case]")).to_have_attribute("data-look", look)
        expect(switch).to_have_attribute("aria-pressed", "true")
        assert means in page.evaluate(picture)
        if key == "s":
            assert page.locator("video").bounding_box()["width"] < before["width"]
        page.keyboard.press(key)
        expect(page.locator("[data-case]")).to_have_attribute("data-look", "")
        expect(switch).to_have_attribute("aria-pressed", "false")
        assert page.evaluate(picture) == "none"
    # Muted from the start, as the preferences are that nobody has changed.
    for muted in (False, True):
        page.keyboard.press("m")
        expect(page.locator("[data-look-switch=muted]")).to_have_attribute("aria-pressed", str(muted).lower())
        assert page.evaluate("document.querySelector('video').muted") is muted
    for looping in ("false", "true"):
        page.keyboard.press("l")
        expect(page.locator("[data-act=loop]")).to_have_attribute("aria-pressed", looping)


def test_the_claim_is_renewed_while_the_page_is_looked_at_and_not_while_it_is_hidden(
    at_desk,  # noqa: F811
    submitted,  # noqa: F811
    monkeypatch,
):
    # The page's module, whose name in its package is the view's.
    monkeypatch.setattr(import_module("review.views.case"), "RENEW_SECONDS", 1)
    page = at_case(at_desk)
    claims = Claim.objects.filter(case=submitted, ended_at=None)

    def ends_soon() -> datetime:
        soon = now() + timedelta(seconds=30)
        claims.update(expires_at=soon)
        return soon

    final = page.locator("#confirm [data-final]")
    expect(final).to_have_text("A decision cannot be changed. The artist is told at once.")
    with page.expect_response("**/renew/") as answered:
        soon = ends_soon()
        # A signal fires meanwhile: a second person is needed, and the question says so by itself.
        ReviewCase.objects.filter(pk=submitted.pk).update(approvals_needed=2)
    assert answered.value.ok
    assert claims.get().expires_at > soon + timedelta(minutes=1)
    expect(final).to_contain_text("An opinion cannot be changed. Somebody else gives theirs")
    page.evaluate(
        """() => { Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
        document.dispatchEvent(new Event("visibilitychange")); }"""
    )
    page.wait_for_timeout(300)  # one that was on its way has arrived
    soon = ends_soon()
    page.wait_for_timeout(2200)  # two would have been due
    assert claims.get().expires_at == soon
    with page.expect_response("**/renew/"):
        page.evaluate(
            """() => { Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "visible" });
            document.dispatchEvent(new Event("visibilitychange")); }"""
        )
    assert claims.get().expires_at > soon + timedelta(minutes=1)
