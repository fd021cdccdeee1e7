"""The desk's other pages in Chromium: deciding alike, the rules, saved replies, filters, preferences, held cases.

Axe looks at each state once, in both themes; the widths are measured in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.states import StaffRole
from review import services
from review.models import BulkDecision, PolicyVersion, ReviewCase, ReviewerPreferences, SavedFilter, SavedReply
from tests.e2e.test_accessibility import NARROW, WIDE, browse, check  # noqa: F401  a fixture among them
from tests.factories import AdminFactory, PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video
from tests.review.desk import watched

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz, von Anfang an und zu Ende erzählt"

# A colour that is on its way to the other theme is neither's: nothing may be under way, and two frames are drawn first.
SWITCH = """theme => {
    const still = new CSSStyleSheet();
    still.replaceSync("*, ::before, ::after { transition: none !important; animation: none !important }");
    document.adoptedStyleSheets = [still];
    document.documentElement.dataset.theme = theme;
    return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())));
}"""


@pytest.fixture
def cases(transactional_db: None) -> list[ReviewCase]:
    PolicyVersionFactory()
    videos = [make_finished_video(title=LONG) for _ in range(2)]
    found = [services.submit(actor=video.owner, video=video, note="") for video in videos]
    ReviewCase.objects.update(language="de", model_key="demo")
    return found


@pytest.fixture
def states() -> Iterator[Callable[[Page, str], None]]:
    """`states(page, name)` looks at a page as it is, without loading it again; what is wrong is said at the end."""
    found: list[str] = []

    def look(page: Page, name: str) -> None:
        page.emulate_media(reduced_motion="reduce")
        for theme, size in (("dark", WIDE), ("light", NARROW)):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            page.evaluate(SWITCH, theme)
            found.extend(check(page, f"{name} {theme}"))
            if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
                found.append(f"{name} scrolls sideways at {size['width']}")
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]

    yield look
    assert not found, "\n".join(sorted(set(found)))


def test_cases_are_decided_alike_by_two_people_and_it_is_undone(browse: Any, cases, states):  # noqa: F811
    first, other = ReviewerFactory(name="Rosa"), ReviewerFactory(name="Cem")
    watched(first, cases)
    page = browse(first, viewport=WIDE)
    page.goto("/desk/bulk/")
    states(page, "bulk")
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_label("Reject").check()
    page.get_by_role("button", name="Look at it once more").click()
    expect(page.get_by_role("button", name="Look at it once more")).to_be_visible()
    assert page.get_by_role("checkbox", checked=True).count() == len(cases)
    page.get_by_label("Reason").select_option("violence")
    page.get_by_label("Message to each artist").fill("The same scene as before.")
    page.get_by_role("button", name="Look at it once more").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Propose this for 2 cases?")
    states(page, "bulk, looked at once more")
    page.get_by_role("button", name="Propose", exact=True).click()
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    states(page, "bulk, proposed")
    made = BulkDecision.objects.get()
    second = browse(other, viewport=WIDE)
    second.goto(f"/desk/bulk/{made.pk}/")
    expect(second.get_by_role("button", name="Open")).to_have_count(len(cases))
    states(second, "bulk, to be watched first")
    watched(other, cases)
    second.reload()
    second.get_by_role("button", name="Confirm").click()
    expect(second.get_by_role("button", name="Undo")).to_be_visible()
    states(second, "bulk, confirmed")
    second.get_by_role("button", name="Undo").click()
    expect(second.get_by_text("Nothing has happened to any of the cases.")).to_be_visible()
    made.refresh_from_db()
    assert made.state == "undone"


def test_a_reply_is_saved_changed_and_deleted(browse: Any, cases, states):  # noqa: F811
    page = browse(ReviewerFactory(), viewport=WIDE)
    page.goto("/desk/replies/")
    page.get_by_label("Title").fill(LONG[:80])
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    expect(page.get_by_label("Title")).to_have_value(LONG[:80])
    page.get_by_label("Words").fill("Please say at which moment.")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".reply-list li")).to_have_count(1)
    states(page, "replies, one")
    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_label("Title")).to_have_value(LONG[:80])
    states(page, "changing a reply")
    page.get_by_label("Title").fill("Shorter")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved replies")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Delete “Shorter”?")).to_be_visible()
    states(page, "deleting a reply")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved replies")
    assert not SavedReply.objects.exists()


def test_a_filter_is_shown_saved_and_deleted(browse: Any, cases, states):  # noqa: F811
    page = browse(ReviewerFactory(), viewport=WIDE)
    page.goto("/desk/?topic=nudity")
    expect(page.get_by_role("heading", name="No case answers to this")).to_be_visible()
    states(page, "a filter that finds nothing")
    page.get_by_label("Language").select_option("German")
    page.get_by_label("About").select_option("")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator(".queue-table tbody tr")).to_have_count(2)
    page.get_by_label("Keep this filter as").fill(LONG[:60])
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".saved-filters [aria-current]")).to_have_text(LONG[:60])
    states(page, "a saved filter")
    page.locator(".saved-filters").get_by_role("link", name="Delete").click()
    expect(page.get_by_role("heading", name=f"Delete “{LONG[:60]}”?")).to_be_visible()
    states(page, "deleting a filter")
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".saved-filters")).to_have_count(0)
    assert not SavedFilter.objects.exists()


def test_preferences_are_kept_and_next_case_says_why_it_rests(browse: Any, cases, states):  # noqa: F811
    reviewer = ReviewerFactory()
    page = browse(reviewer, viewport=WIDE)
    page.goto("/desk/preferences/")
    states(page, "preferences")
    page.get_by_label("Blurred").check()
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_label("Blurred")).to_be_checked()
    assert ReviewerPreferences.objects.get(reviewer=reviewer).blurred
    # The reviewer's own claim stands at the side with a title that is longer than the side is wide.
    for actor, case in zip((reviewer, ReviewerFactory()), cases, strict=True):
        case.refresh_from_db()
        services.claim(actor=actor, case=case)
    page.goto("/desk/")
    button = page.get_by_role("button", name="Next case")
    expect(button).to_have_accessible_description("Nothing waits just now.")
    states(page, "nothing waits")
    page.keyboard.press("n")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(button).to_be_focused()
    assert page.url.endswith("/desk/")


def test_holding_and_words_that_are_left_to_copy(browse: Any, cases, states):  # noqa: F811
    page = browse(ReviewerFactory(), viewport=WIDE)
    page.goto("/desk/")
    page.get_by_role("button", name="Next case").click()
    page.get_by_label("Internal note").fill("Between us")
    page.get_by_role("button", name="Hold or hand over").click()
    expect(page.get_by_role("button", name="Back to the case")).to_be_visible()
    states(page, "hold or hand over")
    page.get_by_role("button", name="Pass the case").click()
    expect(page.get_by_label("Your internal note")).to_have_value("Between us")
    states(page, "words left to copy")


def test_rules_are_justified_previewed_and_published(browse: Any, transactional_db: None, states):  # noqa: F811
    lead: User = ReviewerFactory(staff_role=StaffRole.LEAD_REVIEWER)
    page = browse(lead, viewport=WIDE)
    page.goto("/desk/rules/justify/")
    states(page, "justifying a wording")
    panel = browse(AdminFactory(), viewport=WIDE)
    panel.goto("/admin/review/policyversion/add/")
    panel.locator("[name=slug]").fill("sharing")
    panel.locator("[name=title]").fill("Sharing")
    panel.locator("[name=body]").fill("What may be seen.")
    panel.locator("[name=reasons]").fill("likeness | Likeness | Somebody can be recognised.")
    panel.locator("[name=_save]").last.click()
    expect(panel.get_by_role("button", name="Publish")).to_be_visible()
    panel.get_by_role("button", name="Back to editing").click()
    expect(panel.locator("[name=body]")).to_have_value("What may be seen.")
    panel.locator("[name=_save]").last.click()
    panel.get_by_role("button", name="Publish").click()
    panel.wait_for_url("**/admin/review/policyversion/")
    assert PolicyVersion.objects.get().body == "What may be seen."
    page.goto("/rules/")
    states(page, "the rules")
