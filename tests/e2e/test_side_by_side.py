"""The whole dialogue, everybody in a browser of their own: changes, an answer, a rejection, an appeal, a report.

Every page that is passed is looked at by axe; on those of the artist and of the public, nobody of the desk is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.core.management import call_command
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from accounts.states import StaffRole
from review.models import Decision, ReviewCase
from tests.e2e.test_accessibility import WIDE, browse, check  # noqa: F401  a fixture among them
from tests.factories import ParticipantFactory, PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video
from videos.models import Video

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What a part is before it is moved: in the middle, four tenths of each side.
PART = "#xywh=percent:30,30,40,40"
REMARK = "The face at the window is a real person."
MESSAGE = "Please cut the moment with the face."
ANSWER = "The face is gone in this one."
REJECTED = "The blow at the end is shown as if it were real."
OBJECTION = "The blow is a stage fight: the prop is seen at 0:01."
OVERTURNED = "I watched it twice: the prop is in plain sight."
REPORTED = "At 0:01 the face of my sister is seen. She did not agree."
TAKEN_DOWN = "The person at 0:01 did not agree."


@dataclass
class Desk:
    """Who works at the desk, and what must never be read of them elsewhere."""

    rosa: User
    cem: User
    lea: User
    names: list[str] = field(init=False)

    def __post_init__(self) -> None:
        people = (self.rosa, self.cem, self.lea)
        self.names = [word for one in people for word in (*one.name.split(), one.email, str(one.pk))]


@pytest.fixture
def desk(db: None) -> Desk:
    PolicyVersionFactory()
    return Desk(
        rosa=ReviewerFactory(name="Rosalind Quist", email="rosalind@desk.example"),
        cem=ReviewerFactory(name="Cemal Arslan", email="cemal@desk.example"),
        lea=ReviewerFactory(name="Leandra Voss", email="leandra@desk.example", staff_role=StaffRole.LEAD_REVIEWER),
    )


def test_from_a_remark_to_a_take_down_everybody_in_a_browser_of_their_own(
    browse: Callable[..., Page],  # noqa: F811
    desk: Desk,
) -> None:
    owner = ParticipantFactory(public_name="Mira Okonkwo").user
    first = make_finished_video(owner, "The window")
    second = make_finished_video(owner, "The window, shorter")
    look = {"viewport": WIDE, "reduced_motion": "reduce"}
    artist, rosa, cem, lea = (browse(one, **look) for one in (owner, desk.rosa, desk.cem, desk.lea))
    stranger, reporter = browse(**look), browse(**look)

    submits(artist, first, desk)
    asks_for_changes(rosa)
    reads_the_remark(artist, first, desk)
    answers_with_another(artist, first, second, desk)
    assert ReviewCase.objects.get().round == 2
    rejects(cem)
    appeals(artist, second, desk)
    finds_nothing(rosa, cem)
    overturns(lea)
    address = shares(artist, second, desk)
    media = watches(stranger, address, desk)
    outcome = reports(reporter, address, desk)
    finds_nothing(cem)
    takes_down(rosa)  # what she asked for was changed: no decision of hers was appealed
    assert [stranger.request.get(gone).status for gone in (address, media)] == [404, 404]
    reads_the_take_down(artist, second, desk)
    reads_the_outcome(reporter, outcome, desk)
    assert Decision.objects.count() == 4
    call_command("audit_verify", verbosity=0)


# --- The artist ----------------------------------------------------------------------------------------------------
def submits(page: Page, video: Video, desk: Desk) -> None:
    page.goto(f"/videos/{video.pk}/")
    page.get_by_label(re.compile("note", re.IGNORECASE)).fill("For the screening on Friday.")
    page.get_by_role("button", name="Submit for sharing").click()
    expect(page.get_by_text("In review", exact=True).first).to_be_visible()
    expect(page.get_by_text("Promised by")).to_be_visible()
    is_well(page, desk)


def reads_the_remark(page: Page, video: Video, desk: Desk) -> None:
    """The page that lay open is loaded anew; the remark's time moves the film, on this page and as an address."""
    page.reload()
    panel = page.locator(".sharing")
    expect(panel).to_contain_text("Changes requested")
    expect(panel).to_contain_text(MESSAGE)
    remark = panel.locator(".remarks li")
    expect(remark).to_contain_text(REMARK)
    moment = remark.get_by_role("link")
    expect(moment).to_have_attribute("href", f"/videos/{video.pk}/?t=0.625{PART}")
    moment_address = moment.get_attribute("href") or ""
    film_is_ready(page)
    expect(remark).to_contain_text("middle of the frame")
    moment.click()
    stands_at(page, 0.625)
    frames_the_middle(page)
    is_well(page, desk)
    page.goto("/notifications/")
    page.goto(moment_address)
    stands_at(page, 0.625)
    frames_the_middle(page)
    page.evaluate("document.querySelector('video').currentTime = 0")
    expect(page.locator(".moment-part")).to_be_hidden()


def answers_with_another(page: Page, first: Video, second: Video, desk: Desk) -> None:
    page.goto(f"/videos/{first.pk}/")
    page.get_by_label("Your answer").fill(ANSWER)
    page.get_by_label("Which video goes on").select_option(str(second.pk))
    page.get_by_role("button", name="Send the answer").click()
    expect(page).to_have_url(re.compile(str(second.pk)))
    expect(page.get_by_text("In review", exact=True).first).to_be_visible()
    is_well(page, desk)


def appeals(page: Page, video: Video, desk: Desk) -> None:
    """The statement gives rule, version, facts and the way to appeal; the appeal's text is kept on it."""
    page.reload()
    expect(page.locator(".sharing")).to_contain_text(REJECTED)
    is_well(page, desk)
    page.locator(".sharing").get_by_role("link", name="Statement of reasons").click()
    statement = page.locator(".statement")
    expect(statement).to_contain_text("was not approved for sharing")
    expect(statement).to_contain_text("Violence")
    expect(statement).to_contain_text(REJECTED)
    expect(statement).to_contain_text("By a person, who watched the work.")
    is_well(page, desk)
    page.get_by_label("Why the decision is wrong").fill(OBJECTION)
    page.get_by_role("button", name="Appeal the decision").click()
    expect(statement).to_contain_text("Your appeal is pending.")
    is_well(page, desk)
    page.goto(f"/videos/{video.pk}/")
    expect(page.get_by_role("button", name="Submit for sharing")).to_have_count(0)
    is_well(page, desk)


def shares(page: Page, video: Video, desk: Desk) -> str:
    """What the appeal restored is the artist's to share, and nobody else's."""
    page.goto("/notifications/")
    expect(page.get_by_role("main")).to_contain_text(re.compile("overturned", re.IGNORECASE))
    is_well(page, desk)
    page.goto(f"/videos/{video.pk}/")
    expect(page.get_by_text("Approved", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Share it").click()
    link = page.get_by_label("Link", exact=True)
    expect(link).to_have_value(re.compile("/s/"))
    is_well(page, desk)
    return link.input_value()


def reads_the_take_down(page: Page, video: Video, desk: Desk) -> None:
    page.reload()
    expect(page.get_by_text("Taken down", exact=True).first).to_be_visible()
    expect(page.get_by_role("button", name="Share it")).to_have_count(0)
    is_well(page, desk)
    page.locator(".sharing").get_by_role("link", name="Statement of reasons").click()
    statement = page.locator(".statement")
    expect(statement).to_contain_text("was taken down on")
    expect(statement).to_contain_text("Real person")
    expect(statement).to_contain_text(TAKEN_DOWN)
    expect(statement).to_contain_text("because somebody reported it")
    expect(page.get_by_role("button", name="Appeal the decision")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(REPORTED)
    is_well(page, desk)


# --- The desk ------------------------------------------------------------------------------------------------------
def asks_for_changes(page: Page) -> None:
    """A remark at the sixth frame, then the decision that carries it."""
    page.goto("/desk/")
    is_well(page)
    case = takes_next(page)
    expect(case).to_contain_text("For the screening on Friday.")
    film_is_ready(page)
    for _ in range(5):
        page.keyboard.press(".")
    page.keyboard.press("k")
    expect(page.get_by_label("Time")).to_have_value("0:00.05")
    page.keyboard.type(REMARK)
    page.get_by_role("button", name="Mark a part").click()
    page.get_by_role("button", name="Add the comment").click()
    expect(page.locator(".remark")).to_contain_text(REMARK)
    is_well(page)
    decides(page, "Changes", "real-person", MESSAGE)
    expect(page.get_by_text("Changes requested. The artist has")).to_be_visible()


def rejects(page: Page) -> None:
    """Somebody else reads the first round beside the other video."""
    case = takes_next(page)
    expect(case).to_contain_text(ANSWER)
    is_well(page)
    decides(page, "Reject", "violence", REJECTED)
    expect(page.get_by_text("Rejected. The artist has")).to_be_visible()


def overturns(page: Page) -> None:
    case = takes_next(page)
    expect(case).to_contain_text(OBJECTION)
    is_well(page)
    decides(page, "Overturn", "", OVERTURNED)
    expect(page.get_by_text("Overturned. The artist has been told")).to_be_visible()


def takes_down(page: Page) -> None:
    case = takes_next(page)
    expect(case).to_contain_text(REPORTED)
    is_well(page)
    decides(page, "Take down", "real-person", TAKEN_DOWN)
    expect(page.get_by_text("Taken down. The artist has")).to_be_visible()


def finds_nothing(*pages: Page) -> None:
    """The case that is open is none for these: they took part before, or their decision was appealed."""
    for page in pages:
        page.goto("/desk/")
        page.get_by_role("button", name="Next case").press("Enter")
        expect(page.get_by_text("Nothing else waits for you.")).to_be_visible()
        expect(page.locator("#decision")).to_have_count(0)
        is_well(page)


def takes_next(page: Page) -> Locator:
    page.goto("/desk/")
    page.get_by_role("button", name="Next case").click()
    expect(page.locator("#decision")).to_be_visible()
    page.wait_for_load_state()  # the keys listen from then on
    return page.locator(".case-context")


def decides(page: Page, label: str, reason: str, message: str) -> None:
    if reason:
        page.get_by_label("Reason").select_option(reason)
    page.get_by_label("Message to the artist").fill(message)
    page.locator(".verdicts").get_by_role("button", name=label).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(message)
    dialog.get_by_role("button", name=label).click()


# --- The public ----------------------------------------------------------------------------------------------------
def watches(page: Page, address: str, desk: Desk) -> str:
    """The share page plays; the address of its bytes is given back."""
    page.goto(address)
    expect(page.get_by_text("by Mira Okonkwo")).to_be_visible()
    film_is_ready(page)
    is_well(page, desk)
    media = str(page.evaluate("document.querySelector('video').currentSrc"))
    assert page.request.get(media).status == 200
    return media


def reports(page: Page, address: str, desk: Desk) -> str:
    page.goto(address)
    page.get_by_role("link", name="Report this work").click()
    expect(page.get_by_role("heading", name="Report this work")).to_be_visible()
    is_well(page, desk)
    page.get_by_label(re.compile("real person", re.IGNORECASE)).check()
    page.get_by_label("What is wrong with it?").fill(REPORTED)
    page.get_by_label("When in the film?").fill("0:01")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("heading", name="Your report has arrived")).to_be_visible()
    is_well(page, desk)
    return page.url


def reads_the_outcome(page: Page, address: str, desk: Desk) -> None:
    page.goto(address)
    expect(page.get_by_text("the work has been taken down")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text(TAKEN_DOWN)
    is_well(page, desk)


# --- Everybody -----------------------------------------------------------------------------------------------------
def film_is_ready(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 2")


def stands_at(page: Page, seconds: float) -> None:
    page.wait_for_function(
        """at => { const film = document.querySelector("video");
        return film.paused && Math.abs(film.currentTime - at) < 0.001; }""",
        arg=seconds,
    )


def frames_the_middle(page: Page) -> None:
    """What a part is before it is moved lies over the picture, within a pixel or two."""
    part = page.locator(".moment-part")
    expect(part).to_be_visible()
    film, box = page.locator("video").bounding_box(), part.bounding_box()
    assert film
    assert box
    assert box["width"] == pytest.approx(film["width"] * 0.4, abs=3)
    assert box["height"] == pytest.approx(film["height"] * 0.4, abs=3)
    assert box["x"] - film["x"] == pytest.approx(film["width"] * 0.3, abs=3)
    assert box["y"] - film["y"] == pytest.approx(film["height"] * 0.3, abs=3)


def is_well(page: Page, desk: Desk | None = None) -> None:
    """axe finds nothing; and given the desk, neither does whoever looks for its people in the page's source."""
    found = check(page, page.url)
    assert not found, "\n".join(found)
    source = page.content()
    assert not [word for word in (desk.names if desk else []) if word in source]
