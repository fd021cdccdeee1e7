"""What the artist is told of an open case: who has it, place, wait, deadline; in words that name nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from review import selectors, services
from review.models import ReviewCase, ReviewQueue
from review.selectors import artist as artist_selectors
from review.states import CaseKind, CaseState
from tests.factories import ReviewerFactory, VideoFactory
from tests.review.appeals import appealed, settled
from tests.review.desk import bearer, decide


def changed(case: ReviewCase, **fields: object) -> artist_selectors.Progress:
    """The progress after the case was changed past the services."""
    ReviewCase.objects.filter(pk=case.pk).update(**fields)
    progress = selectors.standing_of(case.video).progress
    assert progress is not None
    return progress


def measured(count: int, hours: float, **fields: object) -> None:
    """So many cases that were decided after so long."""
    moment = timezone.now()
    for number in range(count):
        video = VideoFactory()
        case = ReviewCase.objects.create(
            video=video, opened_by=video.owner, state=CaseState.DECIDED, closed_at=moment, **fields
        )
        opened = moment - timedelta(hours=hours + number)
        ReviewCase.objects.filter(pk=case.pk).update(opened_at=opened)


def test_with_five_measured_cases_page_and_api_say_the_wait(case, client, artist):
    headers = bearer(artist, "videos:read")

    def told():
        rows = client.get(f"/api/v1/videos/{case.video_id}/submissions/", headers=headers).json()["results"]
        return rows[0]["progress"]["expected_wait"]

    measured(4, hours=50)
    assert told() is None
    measured(1, hours=60)
    wait = told()
    assert wait["measured"] == 5
    assert 50 * 3600 - 60 < wait["low_seconds"] < wait["high_seconds"] < 60 * 3600
    client.force_login(artist)
    page = client.get(f"/videos/{case.video_id}/").content.decode()
    words = page.partition("Likely still</dt>")[2].partition("</div>")[0]
    assert "measured on 5 decisions" in words
    assert "not known" not in words


def test_in_the_queue_it_has_a_place_and_a_promise(case):
    progress = changed(case)
    assert (progress.place, progress.beyond, progress.due_at) == (1, None, case.due_at)
    assert "waits in the reviewers" in progress.where
    assert "goes to the lead reviewers by itself" in progress.after_deadline


def test_the_place_goes_by_the_deadline_and_then_by_age(case, video_maker, artist):
    services.submit(actor=artist, video=video_maker(owner=artist))
    assert changed(case).place == 1
    assert changed(case, due_at=case.due_at + timedelta(days=9)).place == 2


def test_the_place_is_counted_in_the_cases_own_queue(case, video_maker, artist):
    services.submit(actor=artist, video=video_maker(owner=artist))
    later = case.due_at + timedelta(days=9)
    queue = ReviewQueue.objects.create(slug="speech", name="Speech")
    assert changed(case, due_at=later, queue=queue).place == 1


def test_far_back_the_place_is_not_counted(case, video_maker, artist, monkeypatch):
    monkeypatch.setattr(artist_selectors, "PLACES", 1)
    services.submit(actor=artist, video=video_maker(owner=artist))
    progress = changed(case, due_at=case.due_at + timedelta(days=9))
    assert (progress.place, progress.beyond) == (None, 1)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": CaseState.CLAIMED}, "A reviewer is watching it now."),
        ({"approvals_needed": 2}, "Two of them look at it"),
        ({"state": CaseState.CLAIMED, "approvals_needed": 2}, "neither knowing what the other thinks"),
        ({"state": CaseState.AWAITING_SECOND, "approvals_needed": 2}, "waits for a second one"),
        ({"state": CaseState.ESCALATED, "escalated_at": timezone.now()}, "with the lead reviewers"),
        ({"state": CaseState.CLAIMED, "escalated_at": timezone.now()}, "A lead reviewer is watching it now."),
    ],
)
def test_each_state_has_words_of_its_own(case, fields, words):
    assert words in changed(case, **fields).where


def test_on_hold_it_says_so_and_that_the_deadline_stays(case):
    until = timezone.now() + timedelta(hours=5)
    progress = changed(case, held_by=ReviewerFactory(), held_until=until)
    assert "on hold" in progress.where
    assert "deadline stays" in progress.where
    assert (progress.place, progress.wait, progress.beyond) == (None, None, None)


def test_a_hold_that_has_ended_is_none(case):
    until = timezone.now() - timedelta(minutes=5)
    assert changed(case, held_by=ReviewerFactory(), held_until=until).place == 1


def test_past_its_deadline_it_says_what_that_did(case):
    ReviewCase.objects.filter(pk=case.pk).update(due_at=timezone.now() - timedelta(hours=1))
    services.escalate_overdue()
    progress = changed(case)
    assert "with the lead reviewers" in progress.where
    assert "has passed" in progress.after_deadline
    assert "counts as missed" in progress.after_deadline


def test_the_wait_is_a_range_of_measured_times_and_nothing_before_there_are_some(case):
    assert changed(case).wait is None
    measured(9, hours=2)
    wait = changed(case).wait
    assert wait.measured == 9
    assert 2 * 3600 < wait.low_seconds < wait.high_seconds < 11 * 3600


def test_a_case_that_waits_longer_than_all_others_did_is_promised_nothing(case):
    measured(9, hours=2)
    assert changed(case, opened_at=timezone.now() - timedelta(days=2)).wait is None


def test_the_artists_own_time_is_no_wait(case, reviewer, token, artist):
    decide(reviewer, case, token, "request_changes")
    ReviewCase.objects.filter(pk=case.pk).update(opened_at=timezone.now() - timedelta(days=20))
    answer = services.answer(actor=artist, case=case, body="Done.")
    assert changed(case).since == answer.answered_at


def test_an_appeal_has_its_own_words_and_measures(case, reviewer, token, artist, video_maker):
    services.submit(actor=artist, video=video_maker(owner=artist))
    appeal = appealed(decide(reviewer, case, token, "reject"))
    standing = selectors.standing_of(case.video)
    assert standing.appeal == appeal
    assert "lead reviewer who took no part" in standing.appeal_progress.where
    assert standing.appeal_progress.place == 1  # of the appeals: the other case stands in another line
    assert not standing.can_submit
    assert not standing.can_withdraw
    settled(appeal, "reject")
    standing = selectors.standing_of(case.video)
    assert standing.appeal_progress is None
    assert standing.can_submit


def test_a_report_is_no_case_that_the_artist_follows(shared_video):
    video = shared_video
    ReviewCase.objects.create(video=video, kind=CaseKind.REPORT)
    standing = selectors.standing_of(video)
    assert (standing.case, standing.progress) == (None, None)
    assert not standing.can_withdraw


def test_the_place_costs_one_query_however_many_wait(case, django_assert_num_queries):
    moment = timezone.now()
    videos = [VideoFactory() for _ in range(6)]
    ReviewCase.objects.bulk_create(
        ReviewCase(video=video, opened_by=video.owner, due_at=moment + timedelta(days=number))
        for number, video in enumerate(videos)
    )
    with django_assert_num_queries(1):
        places = selectors.places_of([case.pk])
    assert set(places) == {case.pk}
