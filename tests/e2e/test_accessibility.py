"""axe finds nothing on any page, in any state, in either theme, and after each swap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from playwright.sync_api import Page

from accounts import services as accounts
from accounts.models import User
from common.actors import System
from common.clock import now
from generation import progress
from notifications.services import notify
from quotas import services as quotas
from review import services as review
from review.selectors import shown_renditions
from tests.browsing import violations
from tests.factories import AdminFactory, GenerationFactory, ParticipantFactory, PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video, share

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# Colours don't depend on the width, so each theme is tried in one of them; the order of things is tried in both.
LOOKS = (("dark", WIDE), ("light", NARROW))


def sign_in(page: Page, user: User, address: str) -> None:
    """Give this browser a session, past the form (the story's own test goes through it)."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = project.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    page.context.add_cookies(
        [{"name": project.SESSION_COOKIE_NAME, "value": session.session_key or "", "url": address}]
    )


def check(page: Page, where: str) -> list[str]:
    """What axe has against the page as it is now."""
    return [
        f"{where}: {violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for violation in violations(page)
        for node in violation["nodes"]
    ]


def check_everywhere(page: Page, address: str, paths: list[str]) -> None:
    """Each page dark and wide, light and narrow."""
    found: list[str] = []
    page.emulate_media(reduced_motion="reduce")  # half a fade has half the contrast
    for theme, size in LOOKS:
        page.context.add_cookies([{"name": "theme", "value": theme, "url": address}])
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for path in paths:
            page.goto(path)
            found += check(page, f"{path} {theme}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
    assert not found, "\n".join(sorted(set(found)))


@pytest.fixture
def artist(db: None) -> User:
    """An artist with a take in every state."""
    PolicyVersionFactory()
    participant = ParticipantFactory(public_name="Mira Okonkwo")
    user = participant.user
    takes = iter(range(1, 100))

    def finished(title: str) -> Any:
        video = make_finished_video(user, title)
        GenerationFactory(
            participant=participant, take=next(takes), state="completed", finished_at=now(), video=video, prompt=title
        )
        return video

    finished("Private")
    review.submit(actor=user, video=finished("In review"), note="For the 14th")
    decide(finished("Changes requested"), "request_changes", reason_code="violence", artist_message="At 0:03.")
    decide(finished("Refused"), "reject", reason_code="violence", artist_message="It shows a blow.")
    decide(finished("Approved"), "approve")
    share(finished("Shared"))
    words = {"reason_code": "violence", "artist_message": "A complaint."}
    review.take_down(actor=_admin(), video=finished("Taken down"), **words)
    for state, fields in (
        ("failed", {"failure_code": "out_of_memory", "finished_at": now()}),
        ("cancelled", {"finished_at": now()}),
        ("queued", {}),
    ):
        GenerationFactory(participant=participant, take=next(takes), state=state, **fields)
    running = GenerationFactory(
        participant=participant, take=next(takes), state="running", started_at=timezone.now() - timedelta(seconds=9)
    )
    progress.report(running.pk, 3, 6, "denoise")
    quotas.reserve(actor=System("test"), participant=participant, reservation=running.pk, credits=running.price)
    notify(recipient=user, kind="test", subject="A letter", body="Words.", path="/studio/", action_label="Go")
    return user


def _admin() -> User:
    from tests.factories import AdminFactory

    return AdminFactory()


def decide(video: Any, outcome: str, **words: str) -> None:
    reviewer = ReviewerFactory()
    case = review.submit(actor=video.owner, video=video)
    _claim, token = review.claim(actor=reviewer, case=case)
    case.refresh_from_db()
    review.decide(
        actor=reviewer,
        case=case,
        claim_token=token,
        case_version=case.version,
        outcome=outcome,
        shown={one.kind: one.sha256 for one in shown_renditions(video)},
        **words,
    )


@pytest.fixture
def browse(person: Callable[..., Page], live_server) -> Callable[..., Page]:
    """`browse(user)` is a page signed in as that user, or as nobody."""

    def open_as(user: User | None = None, **options: Any) -> Page:
        page = person(**options)
        if user is not None:
            sign_in(page, user, live_server.url)
        return page

    return open_as


def test_public_pages(browse, artist, live_server):
    token = artist.videos.get(title="Shared").share_grants.get().token
    check_everywhere(browse(), live_server.url, ["/", f"/s/{token}/", "/nothing-here/", "/accounts/login/", "/terms/"])


def test_the_pages_on_the_way_in(browse, live_server):
    admin, newcomer = AdminFactory(), ParticipantFactory(terms=False)
    _invitation, secret = accounts.invite(actor=admin, email="new@example.org", cohort=newcomer.cohort)
    way_in = [f"/invitations/{secret}/", "/invitations/unknown/", "/accounts/password/reset/"]
    check_everywhere(browse(), live_server.url, way_in)
    check_everywhere(browse(newcomer.user), live_server.url, ["/terms/", "/accounts/logout/"])


def test_tokens(browse, live_server):
    user = ParticipantFactory().user
    token, _plaintext = accounts.create_token(actor=user, name="my script", scopes=["videos:read"], days=3)
    page = browse(user)
    check_everywhere(page, live_server.url, ["/settings/tokens/", f"/settings/tokens/{token.pk}/revoke/"])
    page.goto("/settings/tokens/")
    page.get_by_label("Name", exact=True).fill("another")
    page.get_by_role("button", name="Make the token").click()
    page.get_by_label("The new token").wait_for()
    assert not check(page, "a new token")


def test_the_studio_in_every_state(browse, artist, live_server):
    check_everywhere(browse(artist), live_server.url, ["/studio/", "/settings/credits/", "/notifications/"])


def test_an_empty_studio(browse, live_server):
    check_everywhere(browse(ParticipantFactory().user), live_server.url, ["/studio/", "/notifications/"])


def test_a_videos_page_in_every_state(browse, artist, live_server):
    paths = [f"/videos/{video.pk}/" for video in artist.videos.order_by("id")]
    check_everywhere(browse(artist), live_server.url, paths)


def test_a_take_that_is_no_video(browse, artist, live_server):
    takes = artist.participant.generations.filter(video=None)
    check_everywhere(browse(artist), live_server.url, [f"/generations/{take.pk}/" for take in takes])


def test_the_desk_and_a_case(browse, artist, live_server):
    page = browse(ReviewerFactory())
    check_everywhere(page, live_server.url, ["/desk/", "/notifications/"])
    page.set_viewport_size(WIDE)
    page.goto("/desk/")
    page.locator("form[action='/desk/next/'] button").first.click()
    page.wait_for_url("**/desk/cases/**")
    assert not check(page, "a case")


def test_axe_does_look(browse):
    page = browse()
    page.goto("/")
    page.evaluate("document.querySelector('h1').innerHTML = '<img src=x><input>'")
    assert {"image-alt", "label"} <= {line.split(": ")[1] for line in check(page, "spoiled")}


def test_after_each_swap_focus_and_axe_are_well(browse, artist, live_server):
    """A refusal, a success, a poll and a cancellation, all without a reload and without losing the focus."""
    page = browse(artist, viewport=WIDE, reduced_motion="reduce")
    page.goto("/studio/")
    page.evaluate("window.notReloaded = true")
    found: list[str] = []

    page.focus("#generate")
    page.keyboard.press("Enter")
    page.wait_for_selector("#composer .errorlist")
    page.wait_for_function("() => document.activeElement.id === 'id_prompt'")
    found += check(page, "after a refusal")

    page.keyboard.type("A paper boat in a gutter, seen from the boat.")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".composer-note:not(:empty)")
    assert page.evaluate("document.activeElement.id") == "id_prompt"
    assert page.input_value("#id_prompt") == "A paper boat in a gutter, seen from the boat."
    found += check(page, "after a success")

    page.locator("#seconds-4").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.activeElement.id === 'seconds-6'")
    page.wait_for_function("() => document.querySelector('.price-now strong').textContent === '6'")

    cancel = page.locator(".now-row").last.get_by_role("button", name="Cancel")
    cancel.focus()
    held = page.evaluate("document.activeElement.id")
    with page.expect_response(lambda response: "/studio/live/" in response.url):
        pass
    page.wait_for_timeout(100)
    assert page.evaluate("document.activeElement.id") == held
    page.keyboard.press("Enter")
    page.wait_for_function("held => !document.getElementById(held)", arg=held)
    page.wait_for_function("() => document.activeElement.id === 'now-title'")
    found += check(page, "after a cancellation")

    assert page.title().startswith("3/6")
    running = artist.participant.generations.get(state="running")
    progress.report(running.pk, 4, 6, "denoise")
    page.wait_for_function("() => document.title.startsWith('4/6')")
    assert "step 4 of 6" in page.locator(f"#words-{running.pk}").inner_text()
    assert page.evaluate("window.notReloaded")
    assert not found, "\n".join(found)


def test_without_javascript_the_studio_still_works(browse, artist, live_server):
    page = browse(artist, java_script_enabled=False)
    page.goto("/studio/?example=0")
    page.click("#generate")
    page.wait_for_url("**/studio/")
    assert page.get_by_text("Rain on a tin roof at dusk").count() >= 1
    page.locator(".now-row").last.get_by_role("button", name="Cancel").click()
    page.wait_for_url("**/studio/")
    assert page.get_by_text("is cancelled.").count() == 1
