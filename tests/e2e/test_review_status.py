"""What an artist sees of a review, in a browser: every state is accessible, moments seek, a statement prints."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from review import services as review
from review.models import Comment, Decision, ReviewCase
from review.services.opening import open_case
from review.states import CaseKind
from tests.e2e.test_accessibility import check_everywhere, sign_in
from tests.factories import ParticipantFactory, PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video, share
from tests.review.appeals import appealed, settled
from tests.review.desk import decide
from videos.models import Video

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def refuse(case: ReviewCase, outcome: str = "reject") -> Decision:
    """By a new reviewer, with two moments."""
    reviewer = ReviewerFactory()
    _claim, token = review.claim(actor=reviewer, case=case)
    for at_ms, body in ((500, "The hand opens a real brand's bottle, label first."), (1250, "A blow to the face.")):
        Comment.objects.create(case=case, video=case.video, author=reviewer, at_ms=at_ms, body=body)
    return decide(
        reviewer, case, token, outcome, artist_message="The fight reads as real.\nA title card would settle it."
    )


class Works:
    """One work in each state of its review."""

    def __init__(self) -> None:
        PolicyVersionFactory()
        self.artist = ParticipantFactory(public_name="Mira Okonkwo").user
        self.videos: dict[str, Video] = {}
        self.decisions: dict[str, Decision] = {}
        self._open_ones()
        for state in ("refused", "appealed", "upheld", "overturned", "withdrawn"):
            self.decisions[state] = refuse(self._submitted(state))
        for state in ("upheld", "overturned", "withdrawn", "appealed"):
            appeal = appealed(self.decisions[state], "It is a stage fight: the title says so, and nobody is hurt.")
            if state == "withdrawn":
                review.withdraw_appeal(actor=self.artist, decision=self.decisions[state])
            elif state != "appealed":
                settled(appeal, "reject" if state == "upheld" else "approve", artist_message="I watched it twice.")
        self.decisions["changes"] = refuse(self._submitted("changes"), "request_changes")
        taken = self._made("taken down")
        share(taken)
        with transaction.atomic():
            report = open_case(kind=CaseKind.REPORT, video=taken, opened_by=None)
        self.decisions["taken down"] = refuse(report)

    def _made(self, state: str) -> Video:
        self.videos[state] = make_finished_video(self.artist, state)
        return self.videos[state]

    def _submitted(self, state: str) -> ReviewCase:
        return review.submit(actor=self.artist, video=self._made(state))

    def _open_ones(self) -> None:
        late, held = self._submitted("late"), self._submitted("on hold")
        self._submitted("queued")
        ReviewCase.objects.filter(pk=late.pk).update(due_at=timezone.now() - timedelta(hours=3))
        review.escalate_overdue()
        ReviewCase.objects.filter(pk=held.pk).update(
            held_by=ReviewerFactory(), held_until=timezone.now() + timedelta(hours=5)
        )


@pytest.fixture
def works(transactional_db: None) -> Works:
    return Works()


@pytest.fixture
def page(person: Any, works: Works, live_server: Any) -> Page:
    opened: Page = person()
    sign_in(opened, works.artist, live_server.url)
    return opened


def test_every_state_of_a_review_is_accessible(page, works, live_server):
    videos = [f"/videos/{video.pk}/" for video in works.videos.values()]
    statements = [f"/statements/{decision.pk}/" for decision in works.decisions.values()]
    check_everywhere(page, live_server.url, [*videos, *statements])


def test_a_moment_moves_the_film_without_loading_the_page(page, works):
    page.goto(f"/videos/{works.videos['refused'].pk}/")
    page.evaluate("window.sameGround = true")
    page.get_by_role("link", name="Watch from 0:01.02").click()
    page.wait_for_function("Math.abs(document.querySelector('[data-player] video').currentTime - 1.25) < 0.01")
    assert page.evaluate("window.sameGround")


def test_a_moment_in_a_statement_opens_the_film_there(page, works):
    page.goto(f"/statements/{works.decisions['refused'].pk}/")
    page.get_by_role("link", name="Watch from 0:01.02").click()
    page.wait_for_url("**/videos/**")
    page.wait_for_function("Math.abs(document.querySelector('[data-player] video').currentTime - 1.25) < 0.01")


def test_an_appeal_by_keyboard_alone(page, works):
    page.goto(f"/statements/{works.decisions['refused'].pk}/#appeal")
    page.get_by_label("Why the decision is wrong").focus()
    page.keyboard.type("It is a stage fight.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your appeal is pending.")).to_be_visible()


def test_on_paper_there_is_the_statement_and_nothing_to_press(page, works):
    page.emulate_media(media="print")
    page.goto(f"/statements/{works.decisions['refused'].pk}/")
    expect(page.get_by_role("heading", name="Statement of reasons")).to_be_visible()
    expect(page.get_by_text("You can appeal once, until")).to_be_visible()
    assert page.locator("button:visible, textarea:visible, nav:visible").count() == 0
