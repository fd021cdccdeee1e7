"""Exposure is counted by topic, rests are owed by the rules, and preferences are the reviewer's own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from common.errors import Invalid, NotFound
from review import services
from review.models import CaseTopic, Claim, Exposure, Rest, ReviewCase, ReviewerPreferences, ReviewRules
from review.selectors import budget_left, preferences_of, wellness_of
from review.services import wellness
from tests.factories import ParticipantFactory, VideoFactory
from tests.review.desk import bearer

pytestmark = pytest.mark.django_db
CHOICES = {
    "blurred": True,
    "greyscale": False,
    "muted": True,
    "small": False,
    "paused": True,
    "languages": ["fr", "en"],
    "declined_topics": ["violence"],
}


@pytest.fixture
def rules(db: None) -> ReviewRules:
    return ReviewRules.objects.create(exposure_budget={"violence": 4}, rest_after=3, rest_minutes=15)


def opened(reviewer: User, *topics: str, minutes_ago: float = 0, ended: bool = True) -> Claim:
    """The reviewer opens a case about these topics, so long ago, and is done with it a minute later."""
    video = VideoFactory()
    case = ReviewCase.objects.create(video=video, opened_by=video.owner)
    CaseTopic.objects.bulk_create(CaseTopic(case=case, topic=topic) for topic in topics)
    moment = timezone.now() - timedelta(minutes=minutes_ago)
    claim = Claim.objects.create(
        case=case, reviewer=reviewer, token_sha256=str(case.pk), expires_at=moment + timedelta(minutes=10)
    )
    ended_at = min(moment + timedelta(minutes=1), timezone.now()) if ended else None
    Claim.objects.filter(pk=claim.pk).update(claimed_at=moment, ended_at=ended_at)
    claim.refresh_from_db()
    wellness.opened(claim)
    Exposure.objects.filter(claim=claim).update(seen_at=moment)
    return claim


def test_each_topic_of_a_case_is_counted_once_a_claim(reviewer):
    claim = opened(reviewer, "violence", "nudity")
    wellness.opened(claim)
    assert {row.topic for row in Exposure.objects.filter(reviewer=reviewer)} == {"violence", "nudity"}
    assert Exposure.objects.count() == 2


def test_a_topic_that_a_signal_adds_later_is_counted_when_it_is_said_again(reviewer):
    claim = opened(reviewer, "violence")
    CaseTopic.objects.create(case=claim.case, topic="hate")
    wellness.opened(claim)
    assert sorted(Exposure.objects.values_list("topic", flat=True)) == ["hate", "violence"]


def test_the_budget_counts_cases_of_a_day_and_never_falls_below_nothing(reviewer, colleague, rules):
    assert budget_left(reviewer) == {"violence": 4}
    opened(reviewer, "violence", minutes_ago=25 * 60)
    opened(reviewer, "violence", minutes_ago=60)
    opened(reviewer, "nudity", minutes_ago=50)
    assert budget_left(reviewer) == {"violence": 3}
    assert budget_left(colleague) == {"violence": 4}
    for _ in range(5):
        opened(reviewer, "violence", minutes_ago=40)
    assert budget_left(reviewer) == {"violence": 0}


def test_a_budget_of_nothing_keeps_a_topic_out_of_next_case_alone(reviewer):
    ReviewRules.objects.create(exposure_budget={"violence": 0})
    video = VideoFactory()
    case = ReviewCase.objects.create(video=video, opened_by=video.owner)
    CaseTopic.objects.create(case=case, topic="violence")
    assert services.claim_next(actor=reviewer) is None
    CaseTopic.objects.update(topic="nudity")
    claim, _token = services.claim_next(actor=reviewer)
    assert claim.case_id == case.pk


def test_what_was_seen_stands_on_ones_own_page_and_in_the_api(client, reviewer, rules):
    opened(reviewer, "violence", minutes_ago=5)
    told = client.get("/api/v1/review/preferences/", headers=bearer(reviewer, "review")).json()
    assert told["seen"] == [{"topic": "violence", "count": 1, "left": 3}]
    client.force_login(reviewer)
    page = client.get("/desk/preferences/").content.decode()
    assert '<th scope="row">Violence</th><td class="figures">1</td><td class="figures">3 more</td>' in page


def test_a_case_that_moves_to_another_window_is_one_case(reviewer, rules):
    claim = opened(reviewer, "violence", minutes_ago=5)
    again = Claim.objects.create(
        case=claim.case, reviewer=reviewer, token_sha256="again", expires_at=timezone.now() + timedelta(minutes=9)
    )
    wellness.opened(again)
    assert budget_left(reviewer) == {"violence": 3}


def test_a_row_of_heavy_cases_owes_a_rest_and_says_kindly_until_when(reviewer, rules):
    opened(reviewer, "violence", minutes_ago=6)
    opened(reviewer, "violence", minutes_ago=4)
    assert wellness.why_not_next(reviewer) is None
    assert wellness_of(reviewer).until_rest == 1
    opened(reviewer, "violence", minutes_ago=2)
    rest = Rest.objects.get(reviewer=reviewer)
    assert rest.ends_at - rest.begins_at == timedelta(minutes=15)
    refusal = wellness.why_not_next(reviewer)
    assert (refusal.code, refusal.status) == ("resting", 409)
    assert "take a rest until" in refusal.message
    assert wellness_of(reviewer).rest_ends_at.isoformat() == refusal.extra["rest_ends_at"]
    event = AuditEvent.objects.get(action="review.rest_owed")
    assert event.data == {}


def test_a_rest_begins_when_its_case_is_done_with(reviewer, rules):
    for minutes_ago in (9, 8):
        opened(reviewer, "violence", minutes_ago=minutes_ago)
    last = opened(reviewer, "violence", minutes_ago=7, ended=False)
    Rest.objects.update(begins_at=last.claimed_at, ends_at=last.claimed_at + timedelta(minutes=15))
    done = timezone.now()
    Claim.objects.filter(pk=last.pk).update(ended_at=done)
    assert wellness_of(reviewer).rest_ends_at == done + timedelta(minutes=15)


def test_a_rest_ends_and_the_row_begins_anew(reviewer, rules):
    for minutes_ago in (9, 8, 7):
        opened(reviewer, "violence", minutes_ago=minutes_ago)
    past = timezone.now() - timedelta(minutes=20)
    Claim.objects.update(claimed_at=past, ended_at=past)
    Rest.objects.update(begins_at=past, ends_at=past + timedelta(minutes=15))
    assert wellness.why_not_next(reviewer) is None
    opened(reviewer, "violence")
    assert Rest.objects.count() == 1
    assert wellness_of(reviewer).until_rest == 2


@pytest.mark.parametrize("between", ["another case", "a pause"])
def test_another_case_or_a_pause_breaks_the_row(reviewer, rules, between):
    opened(reviewer, "violence", minutes_ago=40)
    opened(reviewer, "violence", minutes_ago=38)
    if between == "another case":
        opened(reviewer, "text", minutes_ago=36)
        opened(reviewer, "violence", minutes_ago=34)
    else:
        opened(reviewer, "violence", minutes_ago=20)
    assert not Rest.objects.exists()


def test_without_a_budget_nobody_is_sent_to_rest(reviewer):
    for _ in range(12):
        opened(reviewer, "violence")
    assert not Rest.objects.exists()
    assert wellness_of(reviewer).until_rest is None
    assert budget_left(reviewer) == {}


def test_figures_cost_as_many_queries_however_much_was_seen(reviewer, rules, django_assert_num_queries):
    opened(reviewer, "violence", minutes_ago=9)
    # Rules; counts; the latest rest; for the row again the latest rest, and claims.
    with django_assert_num_queries(5):
        wellness_of(reviewer)
    opened(reviewer, "violence", "nudity", minutes_ago=8)
    with django_assert_num_queries(5):
        figures = wellness_of(reviewer)
    assert [(row.label, row.count, row.left, row.budget) for row in figures.seen] == [
        ("Nudity", 1, None, None),
        ("Violence", 2, 2, 4),
    ]


def test_preferences_are_defaults_until_they_are_set_and_say_in_the_log_only_that_they_changed(reviewer):
    assert preferences_of(reviewer).muted
    assert not preferences_of(reviewer).blurred
    services.set_preferences(actor=reviewer, **CHOICES)
    mine = preferences_of(reviewer)
    assert (mine.blurred, mine.languages, mine.declined_topics) == (True, ["en", "fr"], ["violence"])
    event = AuditEvent.objects.get(action="review.preferences_set")
    assert event.data == {"changed": ["blurred", "languages", "declined_topics"]}
    services.set_preferences(actor=reviewer, **CHOICES)
    assert AuditEvent.objects.filter(action="review.preferences_set").count() == 1


@pytest.mark.parametrize("change", [{"languages": ["English!"]}, {"declined_topics": ["work"]}])
def test_preferences_name_languages_and_topics(reviewer, change):
    with pytest.raises(Invalid) as caught:
        services.set_preferences(actor=reviewer, **(CHOICES | change))
    assert [error.field for error in caught.value.fields] == list(change)
    assert not ReviewerPreferences.objects.exists()


def test_preferences_are_for_reviewers(db):
    with pytest.raises(NotFound):
        services.set_preferences(actor=ParticipantFactory().user, **CHOICES)
