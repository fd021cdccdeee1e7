"""The desk in Chromium: keys, the second step, a lost claim, one screen, axe."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from playwright.sync_api import Page, expect

from review import services
from review.models import Comment, Decision, ReviewCase, Signal
from tests.browsing import violations
from tests.factories import PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video
from tests.review.desk import decide

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


@pytest.fixture
def pointed(submitted: ReviewCase) -> ReviewCase:
    """The same with signals: a face here and there, and a refused work that it is like."""
    other = make_finished_video(title="Refused before")
    first = ReviewerFactory()
    refused = services.submit(actor=other.owner, video=other)
    _claim, token = services.claim(actor=first, case=refused)
    decide(first, refused, token, "reject")
    rendition = submitted.video.renditions.get(kind="share_copy")
    seen = [{"at_ms": at_ms, "box": [0.25, 0.25, 0.5, 0.5], "score": 0.8} for at_ms in (500, 1250)]
    for kind, hits in (("faces", seen), ("near_duplicate", [{"at_ms": 750, "video": str(other.pk), "score": 0.9}])):
        fields = {"video": submitted.video, "state": "done", "fired": True, "score": 0.8, "hits": hits}
        Signal.objects.update_or_create(rendition=rendition, kind=kind, defaults=fields | {"detector": "test"})
    return submitted


def film_is_ready(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('video').readyState >= 2")


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
    dialog.get_by_role("button", name="Changes").click()
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
    expect(page.locator("[data-timecode]")).to_contain_text("0:01.01")
    expect(page.locator("[data-timecode]")).to_contain_text("10/16")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-timecode]")).to_contain_text("9/16")
    page.keyboard.press(".")
    expect(page.locator("[data-timecode]")).to_contain_text("10/16")
    page.keyboard.press(",")
    expect(page.locator("[data-timecode]")).to_contain_text("9/16")
    page.keyboard.press("Space")
    page.wait_for_function("() => !document.querySelector('video').paused")
    page.keyboard.press("Space")
    page.keyboard.press("t")
    expect(page.get_by_label("Message to the artist")).to_be_focused()
    assert page.get_by_label("Message to the artist").input_value().startswith("0:0")


def test_a_lost_claim_says_so_closes_the_picture_and_keeps_the_text(at_desk, submitted, monkeypatch):
    # The page's module, whose name in its package is the view's.
    monkeypatch.setattr(import_module("review.views.case"), "RENEW_SECONDS", 1)
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
    page.get_by_label("Reason").select_option("violence")
    needed = ("video", "[data-strip]", "[data-chosen]", ".case-policy summary", ".case-context", "[data-scrub]")
    needed += ("#id_reason", "#id_artist_message", "#id_internal_note", "#id_comment_body", "[data-add]")
    for selector in (*needed, "[value=approve]", "[value=reject]", "[value=escalate]", "[data-hold-time]"):
        box = page.locator(selector).bounding_box()
        assert box, selector
        assert box["y"] >= 0, selector
        assert box["y"] + box["height"] <= WIDE["height"], selector


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_in_any_state(at_desk, live_server, pointed, viewport, scheme):
    page = at_desk(viewport=viewport)
    page.context.add_cookies([{"name": "theme", "value": scheme, "url": live_server.url}])
    page.reload()
    check(page)
    page.get_by_role("button", name="Next case").click()
    case_is_open(page)
    check(page)
    page.get_by_role("button", name="Blur").click()
    page.get_by_label("Comment", exact=True).fill("A face, perhaps.")
    page.get_by_role("button", name="Mark a part").click()
    page.locator("summary", has_text="Provenance").click()
    check(page)
    page.get_by_role("button", name="Add the comment").click()
    expect(page.locator(".remark")).to_have_count(1)
    page.get_by_role("button", name="Change 0:00.00").click()
    expect(page.get_by_role("button", name="Keep the change")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Leave it as it was").click()
    expect(page.get_by_role("button", name="Add the comment")).to_be_visible()
    for dialog in ("keys", "alike", "confirm"):
        if dialog == "confirm":
            page.get_by_role("button", name="Approve", exact=False).click()
        else:
            page.evaluate(f"document.getElementById('{dialog}').showModal()")
        check(page)
        page.evaluate(f"document.getElementById('{dialog}').close()")


def check(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not (wrong := violations(page)), [(one["id"], [node["html"] for node in one["nodes"]]) for one in wrong]


def test_without_javascript_a_case_is_decided_by_plain_forms(at_desk):
    page = at_case(at_desk, java_script_enabled=False)
    page.get_by_label("Reason").select_option("violence")
    page.get_by_label("Message to the artist").fill("At 0:03.")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("heading", name="Reject this video?")).to_be_visible()
    page.get_by_role("button", name="Back to the case").click()
    expect(page.get_by_label("Message to the artist")).to_have_value("At 0:03.")
    page.get_by_label("Message to the artist").fill("At 0:04.")
    page.get_by_label("Comment", exact=True).fill("A face, perhaps.")
    page.get_by_role("button", name="Renew").click()
    page.get_by_role("button", name="Hold or hand over").click()
    page.get_by_role("button", name="Back to the case").click()
    page.get_by_role("button", name="Reject").click()
    # A decision would leave the comment behind: it is said beside the words, and nothing is lost.
    expect(page.get_by_text("This comment is not added yet")).to_be_visible()
    expect(page.get_by_label("Comment", exact=True)).to_be_focused()
    page.get_by_label("Time").fill("0:01.00")
    page.get_by_role("button", name="Add the comment").click()
    expect(page.locator(".remark")).to_contain_text("A face, perhaps.")
    expect(page.get_by_label("Reason")).to_have_value("violence")
    page.get_by_role("button", name="Reject").click()
    page.get_by_role("button", name="Yes: Reject").click()
    expect(page.get_by_text("Rejected. The artist has")).to_be_visible()
    assert Decision.objects.get().artist_message == "At 0:04."


def test_without_javascript_a_comment_is_pinned_and_the_decisions_text_stays(at_desk):
    page = at_case(at_desk, java_script_enabled=False)
    page.get_by_label("Message to the artist").fill("Half a sentence")
    page.get_by_label("Time").fill("0:01.02")
    page.get_by_label("Comment", exact=True).fill("A face, perhaps.")
    page.get_by_role("button", name="Add the comment").click()
    expect(page.locator(".remark")).to_contain_text("A face, perhaps.")
    expect(page.get_by_label("Message to the artist")).to_have_value("Half a sentence")
    page.get_by_role("button", name="Change 0:01.02").click()
    page.get_by_label("Comment", exact=True).fill("No face.")
    page.get_by_role("button", name="Keep the change").click()
    expect(page.locator(".remark")).to_contain_text("No face.")
    page.get_by_role("button", name="Remove 0:01.02").click()
    expect(page.locator(".remark")).to_have_count(0)
    expect(page.get_by_label("Message to the artist")).to_have_value("Half a sentence")


def test_the_desk_by_keyboard_alone_from_claim_to_decision(at_desk):
    """Claim, step to a moment, pin a comment to a part of the frame, change it, decide: the mouse is never touched."""
    page = at_desk()
    page.keyboard.press("n")
    case_is_open(page)
    film_is_ready(page)
    _pin_a_comment(page)
    for _ in range(3):
        page.keyboard.press(".")
    expect(page.locator("[data-timecode]")).to_contain_text("9/16")
    page.keyboard.press("Tab")
    expect(page.locator(".remark .moment")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[data-timecode]")).to_contain_text("6/16")
    expect(page.locator("[data-frame-shown]")).to_be_visible()
    _ask_for_changes(page)
    decision = Decision.objects.get()
    assert (decision.outcome, decision.reason.code) == ("request_changes", "real-person")


def _pin_a_comment(page: Page) -> None:
    """To a part of the sixth frame, by keys."""
    for _ in range(5):
        page.keyboard.press(".")
    page.keyboard.press("k")
    expect(page.get_by_label("Comment", exact=True)).to_be_focused()
    expect(page.get_by_label("Time")).to_have_value("0:00.05")
    page.keyboard.type("A real person, clearly.")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Mark a part")).to_be_focused()
    page.keyboard.press("Enter")
    part = page.get_by_role("button", name="The marked part")
    expect(part).to_be_focused()
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowLeft", "Shift+ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Comment", exact=True)).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".remark")).to_have_count(1)
    comment = Comment.objects.get()
    assert (comment.at_ms, comment.body) == (625, "A real person, clearly.")
    sides = [comment.left, comment.top, comment.width, comment.height]
    assert sides == pytest.approx([0.31, 0.31, 0.39, 0.39], abs=0.001)


def _ask_for_changes(page: Page) -> None:
    """With a reason and a message, by keys."""
    page.keyboard.press("c")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("Real")
    for _ in range(10):
        if page.evaluate("document.activeElement.id") == "id_artist_message":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("Please show that you may use this face.")
    while page.evaluate("document.activeElement.value") != "request_changes":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Ask the artist for changes?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Changes requested. The artist has")).to_be_visible()


def test_a_loop_between_two_points_speed_and_the_row_of_frames(at_desk, pointed):
    page = at_case(at_desk)
    film_is_ready(page)
    frame = "Math.floor(document.querySelector('video').currentTime * 8 + 0.01)"
    for _ in range(4):
        page.keyboard.press(".")
    page.keyboard.press("i")
    for _ in range(4):
        page.keyboard.press(".")
    page.keyboard.press("o")
    expect(page.locator("[data-act=in]")).to_contain_text("0:00.04")
    page.keyboard.press(">")
    page.keyboard.press(">")
    assert page.evaluate("document.querySelector('video').playbackRate") == 2
    page.evaluate(
        f"""() => {{ window.seen = new Set(); const film = document.querySelector("video"); window.wraps = 0;
        let before = 0; const look = () => {{ const now = {frame}; if (now < before) window.wraps++; before = now;
        if (!film.paused) window.seen.add(now); requestAnimationFrame(look); }}; look(); }}"""
    )
    page.keyboard.press("Space")
    page.wait_for_function("() => window.wraps >= 2")
    page.keyboard.press("Space")
    # One frame more may be shown before the page can turn back.
    seen = set(page.evaluate("[...window.seen]"))
    assert min(seen) >= 4, seen
    assert 16 not in seen
    page.get_by_role("button", name="Whole").click()
    page.keyboard.press("<")
    expect(page.get_by_label("Speed")).to_have_value("1.5")
    # Ticks where signals fired; the picture follows the link, and frames what was pointed at.
    assert page.locator(".strip-tick").count() == 3
    page.locator(".signals .moment").nth(1).click()
    expect(page.locator("[data-timecode]")).to_contain_text("11/16")
    area, shown = (page.locator(name).bounding_box() for name in ("[data-frame-area]", "[data-frame-shown]"))
    assert shown["width"] == pytest.approx(area["width"] / 2, abs=6)
    strip = page.locator("[data-strip]").bounding_box()
    page.mouse.click(strip["x"] + strip["width"] * 0.5, strip["y"] + 5)
    expect(page.locator("[data-timecode]")).to_contain_text("9/16")


def test_a_part_of_the_frame_is_drawn_with_the_pointer(at_desk):
    page = at_case(at_desk)
    film_is_ready(page)
    page.get_by_label("Comment", exact=True).fill("This corner.")
    page.get_by_role("button", name="Mark a part").click()
    box = page.locator("[data-frame-area]").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.8, steps=3)
    page.mouse.move(box["x"] + box["width"] * 1.2, box["y"] + box["height"] * 1.2, steps=3)
    page.mouse.up()
    # What is typed and not added would be lost with a decision: that is said first.
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("This comment is not added yet")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("button", name="Add the comment").click()
    expect(page.locator(".remark")).to_have_count(1)
    comment = Comment.objects.get()
    assert [comment.left, comment.top, comment.width, comment.height] == pytest.approx([0.5] * 4, abs=0.01)


def test_a_link_asks_before_it_leads_away_from_words_and_buttons_do_not(at_desk):
    page = at_case(at_desk)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_label("Internal note").fill("Between us")
    page.get_by_role("link", name="Desk", exact=True).last.click(no_wait_after=True)
    expect(page.get_by_label("Internal note")).to_have_value("Between us")
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Pass").click()
    expect(page.get_by_label("Your internal note")).to_have_value("Between us")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_what_is_read_first_stands_first_for_eyes_and_for_screen_readers(at_desk, viewport):
    page = at_case(at_desk, viewport=viewport)
    parts = [".case-hold", ".case-head", ".player", ".case-comments", ".case-context", ".case-policy", "#decision"]
    places = page.evaluate(
        "parts => parts.map(part => document.querySelector(part).getBoundingClientRect().top)", parts
    )
    in_document = page.evaluate(
        "parts => [...document.querySelectorAll(parts.join())].map(one => parts.find(part => one.matches(part)))", parts
    )
    assert in_document == parts
    if viewport == NARROW:
        assert places == sorted(places)


def test_a_comment_that_comes_too_late_keeps_its_text(at_desk, submitted):
    page = at_case(at_desk)
    page.get_by_label("Comment", exact=True).fill("My long comment.")
    services.withdraw(actor=submitted.video.owner, case=submitted)
    page.get_by_role("button", name="Add the comment").click()
    expect(page.locator("[data-comments-refusal]")).to_contain_text("The artist withdrew the submission at")
    expect(page.get_by_label("Comment", exact=True)).to_have_value("My long comment.")
    assert not Comment.objects.exists()


LETTERS = "acretkliobgsm"


def test_pitfall_18_letters_never_fire_in_fields_nor_with_modifiers_and_no_decision_without_a_question(at_desk):
    """Single-letter keys that fire inside text fields; no confirmation, no undo."""
    page = at_case(at_desk)
    film_is_ready(page)
    state = """() => [document.querySelectorAll("dialog[open]").length,
        document.querySelector("[data-case]").dataset.look,
        document.querySelector("video").muted, document.querySelector("video").paused,
        document.querySelector("[data-timecode]").textContent,
        [...document.querySelectorAll(".transport [aria-pressed]")].map((one) => one.ariaPressed).join()]"""
    page.evaluate(
        """() => { const box = document.createElement("div"); box.contentEditable = "true"; box.id = "editable";
        box.textContent = "x"; document.querySelector(".case-head").append(box); }"""
    )
    before = page.evaluate(state)
    for field in ("#id_artist_message", "#id_internal_note", "#id_comment_body", "#id_comment_at", "#editable"):
        page.locator(field).focus()
        page.keyboard.type(LETTERS + "?,.<>")
        assert page.evaluate(state) == before, field
    for field in ("#id_reason", "[data-speed]"):
        page.locator(field).focus()
        for letter in "ack?,":
            page.keyboard.press(letter)
        assert page.evaluate(state)[:2] == before[:2], field
    page.locator("#id_comment_body").fill("")
    page.evaluate("document.activeElement.blur()")
    for modifier in ("Control", "Alt", "Meta"):
        for letter in "ace":
            page.keyboard.press(f"{modifier}+{letter}")
    assert page.evaluate(state)[0] == 0
    # Outside of fields each decision asks, says what it will do, and can be left.
    page.locator("#id_reason").select_option("violence")
    page.evaluate("document.activeElement.blur()")
    for letter, question in (("a", "Approve this video"), ("c", "Ask the artist"), ("r", "Reject this video")):
        page.keyboard.press(letter)
        expect(page.get_by_role("dialog")).to_contain_text(question)
        # Behind a question no key does anything else.
        page.keyboard.press("b")
        assert page.evaluate(state)[1] == before[1]
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    assert not Decision.objects.exists()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keys do nothing while you type in a field.")
