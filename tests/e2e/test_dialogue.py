"""Answering, trimming and reporting in a real browser: the pages' scripts, and axe on each of their states."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from common.clock import now
from review import services as review
from review.models import Answer, ReviewCase
from review.selectors import shown_renditions
from review.services.reports import PUBLIC
from tests.e2e.test_accessibility import browse, check_everywhere  # noqa: F401  a fixture among them
from tests.factories import GenerationFactory, ParticipantFactory, PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video, share
from videos import services as videos
from videos import trims
from videos.models import Trim, Video
from videos.services.trimming import TRIMMER, begin_trim, fail_trim
from videos.states import TrimFailure

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def artist(db: None) -> User:
    PolicyVersionFactory()
    return ParticipantFactory(public_name="Mira Okonkwo").user


def finished(artist: User, title: str, take: int) -> Video:
    video = make_finished_video(artist, title)
    GenerationFactory(
        participant=artist.participant,  # type: ignore[attr-defined]
        take=take,
        state="completed",
        finished_at=now(),
        video=video,
        prompt=title,
    )
    return video


def decided(case: ReviewCase, outcome: str, **words: str) -> None:
    reviewer = ReviewerFactory()
    _claim, token = review.claim(actor=reviewer, case=case)
    case.refresh_from_db()
    shown = {one.kind: one.sha256 for one in shown_renditions(case.video)}
    review.decide(
        actor=reviewer, case=case, claim_token=token, case_version=case.version, outcome=outcome, shown=shown, **words
    )


@pytest.fixture
def asked(artist: User) -> Video:
    """A video of which changes are requested."""
    video = finished(artist, "Tin roof", 1)
    case = review.submit(actor=artist, video=video, note="For the 14th")
    decided(case, "request_changes", reason_code="real-person", artist_message="At 0:01 a face is seen.")
    return video


def test_the_artist_trims_with_handles_and_answers_with_what_came_of_it(
    browse: Callable[..., Page],  # noqa: F811
    artist: User,
    asked: Video,
):
    page = browse(artist)
    page.goto(f"/videos/{asked.pk}/")
    page.get_by_role("link", name="Trim it first").click()
    page.wait_for_url("**/trim/")  # with its load: the handles listen from then on
    page.get_by_label("Beginning").focus()
    for _press in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_label("First frame")).to_have_value("4")
    expect(page.locator("[data-now]")).to_have_text("00:00:03")  # the player shows the frame that was moved
    page.get_by_label("Last frame").fill("9")
    expect(page.get_by_label("End", exact=True)).to_have_value("9")
    expect(page.locator("[data-length]")).to_have_text("0.75 s")
    page.get_by_role("button", name="Cut it").click()
    expect(page.get_by_text("It waits for a worker.")).to_be_visible()
    made = trims.run(Trim.objects.get().pk)
    assert made is not None
    expect(page.get_by_role("link", name="Open it")).to_be_visible()  # without a reload
    page.goto(f"/videos/{asked.pk}/")
    page.get_by_label("Which video goes on").select_option(str(made.pk))
    page.get_by_label("Your answer").fill("The face is cut away.")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Your answer is with the reviewers.")).to_be_visible()
    assert f"/videos/{made.pk}/" in page.url
    answer = Answer.objects.get()
    assert (answer.video_after, answer.body) == (made, "The face is cut away.")


def test_the_handles_never_cross(browse: Callable[..., Page], artist: User, asked: Video):  # noqa: F811
    page = browse(artist)
    page.goto(f"/videos/{asked.pk}/trim/")
    page.get_by_label("Last frame").fill("5")
    page.get_by_label("Beginning").focus()
    page.keyboard.press("End")
    expect(page.get_by_label("First frame")).to_have_value("5")


def test_somebody_without_an_account_reports_and_keeps_the_address(person: Callable[..., Page], artist: User):
    grant = share(finished(artist, "Tin roof", 1))
    page = person()
    page.goto(f"/s/{grant.token}/")
    page.get_by_role("link", name="Report this work").click()
    page.get_by_label("A real person appears without consent").check()
    page.get_by_label("What is wrong with it?").fill("The face of my sister is seen.")
    page.get_by_label("When in the film?").fill("0:01")
    page.get_by_role("button", name="Send the report").click()
    expect(page.get_by_role("heading", name="Your report has arrived")).to_be_visible()
    address = page.get_by_label("Keep this address").input_value()
    decided(ReviewCase.objects.get(), "reject", reason_code="real-person", artist_message="A face.")
    page.goto(address)
    expect(page.get_by_text("the work has been taken down")).to_be_visible()


def test_axe_finds_nothing_on_the_artists_pages(browse: Callable[..., Page], live_server, artist: User, asked: Video):  # noqa: F811
    open_trim = videos.trim(actor=artist, video=asked, first_frame=1, last_frame=9)
    done = videos.trim(actor=artist, video=asked, first_frame=2, last_frame=9)
    made = trims.run(done.pk)
    broken = begin_trim(actor=TRIMMER, trim=videos.trim(actor=artist, video=asked, first_frame=3, last_frame=9))
    assert made is not None
    assert broken is not None
    fail_trim(actor=TRIMMER, trim=broken, failure=TrimFailure.STORAGE)
    begin_trim(actor=TRIMMER, trim=open_trim)
    paths = [f"/videos/{asked.pk}/", f"/videos/{asked.pk}/trim/", f"/videos/{made.pk}/"]
    check_everywhere(browse(artist), live_server.url, paths)


def test_axe_finds_nothing_on_the_publics_pages(person: Callable[..., Page], live_server, artist: User):
    grant = share(finished(artist, "Tin roof", 1))
    words = {"category": "violence", "body": "It shows a killing."}
    _report, received = review.report(actor=PUBLIC, grant=grant, **words)
    other = share(finished(artist, "Rain", 2))
    report, taken_down = review.report(actor=PUBLIC, grant=other, **words)
    decided(report.case, "reject", reason_code="violence", artist_message="A killing.")
    page = person()
    paths = [f"/s/{grant.token}/", f"/s/{grant.token}/report/", f"/reports/{received}/", f"/reports/{taken_down}/"]
    check_everywhere(page, live_server.url, paths)
