"""The whole story in Chromium: invited, signed in, generated, reviewed, shared, taken back.

Everything goes through the pages. The worker is the real one with the real pipeline, run in this process whenever the
story says that its doorbell rang.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import call_command
from playwright.sync_api import Page, expect

from accounts import services as account_services
from generation.demo_model import placing
from generation.models import Generation
from generation.tasks import answer_doorbell
from notifications.tasks import send_unsent
from tests.factories import (
    PASSWORD,
    AdminFactory,
    CohortFactory,
    PolicyVersionFactory,
    ReviewerFactory,
    TermsVersionFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARTIST = "ada@example.org"
PROMPT = "a red circle moving left on a blue background"


@pytest.fixture
def models(settings, tmp_path: Path) -> None:
    """The demo model, where the worker looks for it."""
    settings.MODELS_DIR = tmp_path / "models"
    placing.place(settings.MODELS_DIR)


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def test_the_whole_story(person: Callable[..., Page], models: None, live_server) -> None:
    TermsVersionFactory()
    PolicyVersionFactory()
    admin, reviewer = AdminFactory(), ReviewerFactory(email="robin@example.org")
    _invitation, secret = account_services.invite(actor=admin, email=ARTIST, cohort=CohortFactory(monthly_credits=40))

    artist = person()
    join(artist, secret)
    make_a_token(artist)
    video_address = generate(artist)
    stranger = person()
    nothing_here(stranger, video_address)
    submit_for_sharing(artist, video_address)
    desk = person()
    sign_in(desk, reviewer.email)
    decide(desk)
    share_address = share(artist, video_address)
    watch(stranger, share_address)
    stop_sharing(artist, video_address)
    nothing_here(stranger, share_address)
    call_command("audit_verify", verbosity=0)


def join(page: Page, secret: str) -> None:
    """The link makes the account; nothing but the terms works until they are accepted."""
    page.goto(f"/invitations/{secret}/")
    expect(page.get_by_label("E-mail address")).to_have_value(ARTIST)
    page.get_by_label("Your name").fill("Ada L.")
    page.get_by_label(re.compile("Public name")).fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    page.goto("/studio/")
    expect(page).to_have_url(re.compile("/terms/"))
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Accept and go on").click()
    expect(page).to_have_url(re.compile("/studio/"))


def make_a_token(page: Page) -> None:
    page.goto("/settings/tokens/")
    page.get_by_label("Name", exact=True).fill("my script")
    page.get_by_label(re.compile("Generate and cancel")).check()
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_label("The new token")).to_have_value(re.compile(r"^dly_[0-9A-Za-z]{36}$"))
    page.goto("/settings/tokens/")
    expect(page.get_by_label("The new token")).to_have_count(0)


def generate(page: Page) -> str:
    """The price is known before, the place while it waits, and the video appears without a reload."""
    page.goto("/studio/")
    page.get_by_label(re.compile("^Prompt")).fill(PROMPT)
    expect(page.locator("#price")).to_contain_text(re.compile(r"\d+ credits?"))
    page.get_by_role("button", name="Generate").click()
    now = page.locator("#now")
    expect(now).to_contain_text("Take 1")
    expect(now).to_contain_text(PROMPT)
    answer_doorbell()
    assert Generation.objects.get().state == "completed"
    take = page.locator("#takes").get_by_role("link", name=re.compile("Take 1"))
    expect(take).to_be_visible()
    take.click()
    expect(page.get_by_text("Private", exact=True).first).to_be_visible()
    wait_until_it_plays(page)
    return page.url


def nothing_here(page: Page, address: str) -> None:
    response = page.goto(address)
    assert response is not None
    assert response.status == 404


def submit_for_sharing(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("textbox", name=re.compile("note", re.IGNORECASE)).fill("For the screening on Friday.")
    page.get_by_role("button", name="Submit for sharing").click()
    expect(page.get_by_text("In review", exact=True).first).to_be_visible()


def decide(page: Page) -> None:
    """The reviewer sees prompt and note only with the claim, and every decision asks once more."""
    page.goto("/desk/")
    expect(page.locator("body")).not_to_contain_text(PROMPT)
    page.get_by_role("button", name=re.compile("Next case")).click()
    expect(page.get_by_text(PROMPT)).to_be_visible()
    expect(page.get_by_text("For the screening on Friday.")).to_be_visible()
    wait_until_it_plays(page)
    page.wait_for_load_state()  # the keys listen from then on
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Approve").click()
    expect(page).to_have_url(re.compile("/desk/"))
    expect(page.get_by_text(PROMPT)).to_have_count(0)


def share(page: Page, address: str) -> str:
    """The artist is told, and it is they who share."""
    send_unsent()
    assert any(ARTIST in message.to and "/videos/" in message.body for message in mail.outbox)
    page.goto("/notifications/")
    expect(page.get_by_text(re.compile("approved", re.IGNORECASE)).first).to_be_visible()
    page.goto(address)
    expect(page.get_by_text("Approved", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Share it").click()
    link = page.get_by_label("Link", exact=True)
    expect(link).to_have_value(re.compile("/s/"))
    return link.input_value()


def watch(page: Page, address: str) -> None:
    response = page.goto(address)
    assert response is not None
    assert response.status == 200
    expect(page.get_by_text("by Ada")).to_be_visible()
    expect(page.locator('meta[property="og:image"]')).to_have_attribute("content", re.compile("/s/.+/media/poster"))
    wait_until_it_plays(page)


def stop_sharing(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Stop sharing").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_role("button", name="Share it")).to_be_visible()


def wait_until_it_plays(page: Page) -> None:
    """The picture has arrived by ranges and the browser could decode it."""
    page.wait_for_function("() => { const v = document.querySelector('video'); return v && v.videoWidth > 0 }")
