"""What the artist and the desk read, and with how many queries."""

from __future__ import annotations

from django.utils import timezone

from review import selectors, services
from review.models import Policy, PolicyVersion, ReasonCode
from review.selectors.signals import policy_topics
from review.states import CaseState, Outcome
from tests.factories import GenerationFactory, ReviewerFactory
from tests.review.desk import decide, lapse


def submit(video):
    return services.submit(actor=video.owner, video=video, note="n")


def test_the_artist_sees_place_and_wait(video_maker, policy):
    first, second = video_maker(), video_maker()
    submit(first)
    submit(second)
    standing = selectors.standing_of(second)
    assert (standing.state, standing.place) == (CaseState.QUEUED, 2)
    assert standing.waiting_since is not None
    assert standing.can_withdraw
    assert not standing.can_submit
    services.claim_next(actor=ReviewerFactory())
    assert selectors.standing_of(first).place is None
    assert selectors.standing_of(first).state == CaseState.CLAIMED
    assert selectors.standing_of(second).place == 1


def test_a_video_that_was_never_submitted_can_be(finished_video):
    standing = selectors.standing_of(finished_video)
    assert (standing.case, standing.state, standing.decision) == (None, None, None)
    assert standing.can_submit
    assert not standing.can_withdraw


def test_the_artist_reads_reason_and_message_and_never_who(case, reviewer, token):
    decide(reviewer, case, token, "request_changes", internal_note="Between us.")
    standing = selectors.standing_of(case.video)
    decision = standing.decision
    assert decision.outcome == Outcome.REQUEST_CHANGES
    assert (decision.reason_label, decision.message) == ("Violence", "At 0:03.")
    assert standing.can_submit
    assert "Rosa" not in repr(standing.decision)
    assert "Between us" not in repr(standing.decision)


def test_the_last_decision_stays_known_while_the_next_case_waits(case, reviewer, token, finished_video):
    decide(reviewer, case, token, "reject")
    submit(finished_video)
    standing = selectors.standing_of(finished_video)
    assert (standing.state, standing.decision.outcome) == (CaseState.QUEUED, Outcome.REJECT)


def test_standings_of_many_videos_ask_as_few_queries_as_of_one(video_maker, django_assert_num_queries, policy):
    videos = [video_maker() for _ in range(4)]
    for video in videos[:3]:
        submit(video)
    claim, token = services.claim_next(actor=ReviewerFactory())
    decide(claim.reviewer, claim.case, token, "reject")
    # Cases; their decisions with reason and version; the head of the queue; how long decisions take.
    with django_assert_num_queries(4):
        selectors.standings_of(videos)
    with django_assert_num_queries(4):
        selectors.standing_of(videos[1])


def test_the_rail_asks_as_few_queries_however_long_the_queue(video_maker, reviewer, policy, django_assert_num_queries):
    for _ in range(4):
        submit(video_maker())
    services.claim_next(actor=reviewer)
    services.claim_next(actor=reviewer)
    with django_assert_num_queries(4):
        queue = selectors.queue(reviewer)
        titles = [claim.case.video.title for claim in queue.my_claims]
    assert (queue.waiting, queue.being_reviewed) == (2, 2)
    assert len(titles) == 2


def test_the_desk_leaves_out_ones_own_work(video_maker, policy):
    owner = ReviewerFactory()
    submit(video_maker(owner=owner))
    queue = selectors.queue(owner)
    assert (queue.waiting, queue.oldest_opened_at) == (0, None)
    assert selectors.queue(ReviewerFactory()).waiting == 1


def test_a_lapsed_claim_is_nobodys_on_the_desk(case, reviewer, held):
    assert len(selectors.queue(reviewer).my_claims) == 1
    lapse(case)
    assert list(selectors.queue(reviewer).my_claims) == []


def test_the_case_shows_what_came_before(case, reviewer, colleague, token, finished_video, django_assert_num_queries):
    decide(reviewer, case, token, "reject", internal_note="Looks like a minister.")
    again = submit(finished_video)
    services.claim(actor=colleague, case=again)
    # Answers; signals; renditions; facts (what it was cut from, the take); earlier cases, their decisions and answers,
    # and what was noticed too late for them; notes; comments of this round, and earlier ones; the policy, its reasons.
    with django_assert_num_queries(14):
        view = selectors.case_view(again, colleague)
        words = [(decision.reviewer.name, decision.reason.label) for decision in view.earlier[0].decisions.all()]
    assert words == [("Rosa Reviewer", "Violence")]
    assert [note.body for note in view.notes] == ["Looks like a minister."]
    assert set(view.shown) == {"share_copy", "poster", "storyboard"}


def test_the_prompt_comes_from_generation_without_being_imported(case, settings):
    settings.REVIEW_CASE_FACTS = ["tests.review.test_selectors.some_facts"]
    view = selectors.case_view(case, case.video.owner)
    assert view.prompt == f"about {case.video_id}"
    assert [fact["key"] for fact in view.settings] == ["seed"]


def test_the_facts_of_a_take_are_its_prompt_and_settings(case):
    GenerationFactory(
        participant=case.video.owner.participant,
        prompt="rain on a tin roof, at night",
        state="completed",
        finished_at=timezone.now(),
        video=case.video,
        seed=0,
    )
    view = selectors.case_view(case, case.video.owner)
    assert view.prompt == "rain on a tin roof, at night"
    assert {"key": "seed", "label": "Seed", "value": "0"} in view.settings


def some_facts(video):
    return [
        {"key": "prompt", "label": "Prompt", "value": f"about {video.pk}"},
        {"key": "seed", "label": "Seed", "value": "7"},
    ]


def test_prompts_are_compared_with_all_policies_in_force(policy):
    contest = PolicyVersion.objects.create(
        policy=Policy.objects.create(slug="contest", title="Contest"), number=1, body="B", effective_at=timezone.now()
    )
    for code, description in (("off-theme", "Nothing of the sea."), ("violence", "Otherwise explained.")):
        ReasonCode.objects.create(policy_version=contest, code=code, label=code, description=description)
    topics = policy_topics()
    assert topics["off-theme"] == "Nothing of the sea."
    assert topics["violence"] == "Explained."  # as a decision reads it: the sharing policy's counts
