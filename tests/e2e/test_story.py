"""The whole story in Chromium: invited, signed in, generated, reviewed, shared, taken back, taken down.

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

from common.clock import now
from generation.demo_model import placing
from generation.models import Generation, Worker
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
from tests.generation.test_selectors import measured
from tests.worker.queue import ledger

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARTIST = "ada@example.org"
PROMPT = "a red circle moving left on a blue background"
COMPLAINT = "A court order about the melody at 0:01."


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
    CohortFactory(monthly_credits=40)
    panel = person()
    sign_in(panel, AdminFactory(email="ines@example.org").email)
    link = invite(panel)
    artist = person()
    join(artist, link)
    make_a_token(artist)
    wait_and_call_off(artist)
    video_address = generate(artist)
    stranger = person()
    nothing_here(stranger, video_address)
    submit_for_sharing(artist, video_address)
    desk = person()
    sign_in(desk, ReviewerFactory(email="robin@example.org").email)
    decide(desk)
    hear_of_it(artist)
    share_address = share(artist, video_address)
    watch(stranger, share_address)
    stop_sharing(artist, video_address)
    nothing_here(stranger, share_address)
    second_address = share(artist, video_address)
    assert second_address != share_address
    take_down(panel, video_address)
    nothing_here(stranger, second_address)
    read_why(artist, video_address)
    call_command("audit_verify", verbosity=0)


def invite(panel: Page) -> str:
    """The link is in the mail, and nowhere in the panel."""
    panel.goto("/admin/accounts/invitation/add/")
    panel.get_by_label("E-mail address").fill(ARTIST)
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text(f"The invitation is on its way to {ARTIST}.")).to_be_visible()
    (mailed,) = [message.body for message in mail.outbox if message.to == [ARTIST]]
    link = re.search(r"https?://\S+/invitations/\S+/", mailed)
    assert link is not None
    assert link[0] not in panel.content()
    return link[0]


def join(page: Page, link: str) -> None:
    """The link makes the account; nothing but the terms works until they are accepted."""
    page.goto(link)
    expect(page.get_by_label("E-mail address")).to_have_value(ARTIST)
    page.get_by_label("Your name").fill("Ada L.")
    page.get_by_label(re.compile("Public name")).fill("Ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    expect(page).not_to_have_url(link)
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


def wait_and_call_off(page: Page) -> None:
    """The price is known before; then the place, and from what was measured the wait; what is called off costs
    nothing.
    """
    measured(Worker.objects.create(name="at work", last_seen_at=now()), 8, price=4, model="demo")
    page.goto("/studio/")
    page.get_by_label(re.compile("^Prompt")).fill(PROMPT)
    expect(page.locator("#price")).to_contain_text(re.compile(r"\d+ credits?"))
    page.get_by_role("button", name="Generate").click()
    live = page.locator("#now")
    expect(live).to_contain_text("Take 1 is next.")
    expect(live).to_contain_text(PROMPT)
    page.get_by_role("button", name="Generate").click()
    expect(live).to_contain_text(re.compile(r"Take 2 is number 2 in the queue, about \d+.* s to wait\."))
    live.get_by_role("button", name="Cancel take 2").click()
    expect(live).not_to_contain_text("Take 2")
    cancelled = Generation.objects.get(take=2, prompt=PROMPT)
    assert (cancelled.state, ledger(cancelled)) == (
        "cancelled",
        {"reserve": cancelled.price, "release": cancelled.price},
    )


def generate(page: Page) -> str:
    """The video appears without a reload of the page on which the take waited."""
    answer_doorbell()
    assert Generation.objects.get(take=1, prompt=PROMPT).state == "completed"
    take = page.locator("#takes").get_by_role("link", name=re.compile("Take 1"))
    expect(take).to_be_visible()
    take.click()
    expect(page.get_by_text("Private", exact=True).first).to_be_visible()
    wait_until_it_plays(page)
    return page.url


def nothing_here(page: Page, address: str) -> None:
    """Neither the page nor a part of the film."""
    response = page.goto(address)
    assert response is not None
    assert response.status == 404
    part = page.request.get(f"{address}media/share_copy", headers={"Range": "bytes=0-99"})
    assert part.status == 404


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


def hear_of_it(page: Page) -> None:
    send_unsent()
    assert any(ARTIST in message.to and "/videos/" in message.body for message in mail.outbox)
    page.goto("/notifications/")
    expect(page.get_by_text(re.compile("approved", re.IGNORECASE)).first).to_be_visible()


def share(page: Page, address: str) -> str:
    """It is the artist who shares; the address of the public page."""
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


def take_down(panel: Page, address: str) -> None:
    """An admin finds the work by its id, and owes its artist a reason and words."""
    panel.goto(f"/admin/videos/video/{address.rstrip('/').rpartition('/')[2]}/change/")
    panel.get_by_role("link", name="Take down", exact=True).click()
    panel.get_by_label("Reason").select_option("third-party-rights")
    panel.get_by_label("Message to the artist").fill(COMPLAINT)
    panel.get_by_role("button", name="Take the video down").click()
    expect(panel.get_by_text("The video was taken down.")).to_be_visible()


def read_why(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_text("Taken down", exact=True).first).to_be_visible()
    expect(page.get_by_role("blockquote")).to_have_text(COMPLAINT)
    expect(page.get_by_role("button", name="Share it")).to_have_count(0)


def wait_until_it_plays(page: Page) -> None:
    """The picture has arrived by ranges and the browser could decode it."""
    page.wait_for_function("() => { const v = document.querySelector('video'); return v && v.videoWidth > 0 }")
