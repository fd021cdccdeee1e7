"""Figures and practice in Chromium: axe and the width of every page, with nothing in it and with everything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.states import StaffRole
from review import services
from review.models import CalibrationRound, ReviewRules
from tests.e2e.test_accessibility import browse, check_everywhere  # noqa: F401  a fixture among them
from tests.factories import ParticipantFactory, PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video
from tests.review.appeals import appealed, settled
from tests.review.desk import decide

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIGURES = ["/desk/figures/", "/desk/figures/mine/", "/desk/golden/", "/desk/calibration/"]
LONG = "A very long title of a work, such as artists give: rain, a tin roof, and Donaudampfschifffahrtsgesellschaften"


@pytest.fixture
def lead(db: None) -> User:
    PolicyVersionFactory()
    return ReviewerFactory(name="Leandra Voss", staff_role=StaffRole.LEAD_REVIEWER)


@pytest.fixture
def rounds(lead: User) -> tuple[CalibrationRound, CalibrationRound]:
    """A closed round and an open one; decisions, an appeal, golden items and a case that waits beside them."""
    rosa = ReviewerFactory(name="Rosalind Quist")
    cem = ReviewerFactory(name="Cemal Hüsamettin Karaosmanoğlu-Arslan")
    owner = ParticipantFactory().user
    for outcome in ("approve", "reject"):
        video = make_finished_video(owner, LONG)
        case = services.submit(actor=owner, video=video, note="")
        _claim, token = services.claim(actor=rosa, case=case)
        decision = decide(rosa, case, token, outcome)
    settled(appealed(decision), "approve", by=lead)
    services.submit(actor=owner, video=make_finished_video(owner), note="")
    works = [make_finished_video(ReviewerFactory(), title) for title in ("The window", LONG, "")]
    for work, expected, reason in zip(works, ("approve", "reject"), ("", "violence"), strict=False):
        item = services.add_golden(actor=lead, video=work, expected=expected, expected_reason=reason, note="Props.")
    services.retire_golden(actor=lead, item=item)
    ReviewRules.objects.create(golden_percent=5)
    closed, opened = (services.open_round(actor=lead, title=title, videos=works) for title in (LONG, "Faces"))
    for who, outcome, reason in ((rosa, "approve", ""), (cem, "reject", "violence"), (lead, "approve", "")):
        for work in closed.items.order_by("position")[:2]:
            services.answer_item(actor=who, item=work, outcome=outcome, reason_code=reason, note="One sees the prop.")
    services.answer_item(actor=lead, item=opened.items.order_by("position")[0], outcome="approve")
    services.close_round(actor=lead, calibration=closed)
    return closed, opened


def test_axe_on_every_page_of_figures_while_there_is_nothing(browse: Callable[..., Page], lead, live_server):  # noqa: F811
    page = browse(lead)
    check_everywhere(page, live_server.url, FIGURES)
    page.goto("/desk/calibration/")
    expect(page.get_by_role("heading", name="No round yet")).to_be_visible()
    expect(page.get_by_text("There is nothing to choose from yet")).to_be_visible()


def test_axe_on_every_page_of_figures_with_everything_in_it(browse: Callable[..., Page], rounds, lead, live_server):  # noqa: F811
    of_rounds = [f"/desk/calibration/{one.pk}/" for one in rounds]
    page = browse(lead)
    check_everywhere(page, live_server.url, [*FIGURES, *of_rounds, f"{of_rounds[1]}2/"])
    page.goto("/desk/figures/")
    page.locator("summary", has_text="As a table").click()
    expect(page.get_by_role("columnheader", name="Opened")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_desk_leads_to_figures_and_practice_and_only_leads_to_what_is_theirs(browse: Callable[..., Page], lead):  # noqa: F811
    for who, names in ((ReviewerFactory(), []), (lead, ["Figures of the review", "Golden items"])):
        page = browse(who)
        page.goto("/desk/")
        ways = page.get_by_role("navigation", name="Figures and practice").get_by_role("link")
        expect(ways).to_have_text(["Your figures", "Calibration", *names])
    ways.last.click()
    expect(page.get_by_role("heading", level=1, name="Golden items")).to_be_visible()


def test_a_round_is_opened_by_ticking_works_and_answered_one_after_another(
    browse: Callable[..., Page],  # noqa: F811
    lead: User,
) -> None:
    for title in ("The window", "Stage fight", "Not this one"):
        make_finished_video(lead, title)
    page = browse(lead)
    page.goto("/desk/calibration/")
    page.get_by_label("Title").fill("Props")
    for title in ("The window", "Stage fight"):
        page.get_by_label(title).check()
    page.get_by_role("button", name="Open it for the team").click()
    expect(page.get_by_text("2 works are left for you.")).to_be_visible()
    page.get_by_role("link", name="Go on").click()
    for position in (1, 2):
        expect(page.get_by_role("heading", name=f"Work {position} of 2")).to_be_visible()
        page.get_by_label("Approve").check()
        page.get_by_role("button", name="Answer").click()
    page.get_by_role("button", name="Close the round").click()
    expect(page.get_by_text("All the same.")).to_have_count(2)
