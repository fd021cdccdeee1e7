"""Which queue a case waits in: by what it is, by what is found out later, and by time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotFound
from review import routing, services
from review.models import CaseTopic, ReviewCase, ReviewQueue, Signal
from review.states import CaseState
from review.tasks import reroute_ripe
from tests.factories import AdminFactory, GenerationFactory, ReviewerFactory
from tests.review.desk import decide


def submit(video):
    return services.submit(actor=video.owner, video=video, note="")


def queue(name, *rules, **fields):
    return services.save_queue(actor=AdminFactory(), queue=None, name=name, rules=list(rules), **fields)


def made(video, prompt="ein roter Ball rollt über die Wiese", **fields):
    """The take that the video came from."""
    GenerationFactory(video=video, prompt=prompt, state="completed", finished_at=timezone.now(), **fields)
    return video


def test_without_rules_every_case_waits_in_the_general_queue(case):
    ReviewQueue.objects.create(slug="empty", name="Empty")
    assert case.queue is None
    assert routing.queue_for(case) is None


@pytest.mark.parametrize(
    ("condition", "is_taken"),
    [
        ({"kind": ["submission", "appeal"]}, True),
        ({"kind": ["report"]}, False),
        ({"model": ["sketch"]}, True),
        ({"model": ["ltx-2"]}, False),
        ({"language": ["de", "fr"]}, True),
        ({"language": ["en"]}, False),
        ({"model": ["sketch"], "language": ["de"]}, True),
        ({"model": ["sketch"], "language": ["en"]}, False),
        ({"deadline_within_hours": 24 * 30}, True),
        ({"deadline_within_hours": 1}, False),
        ({"min_age_hours": 1}, False),
        ({"topic": ["nudity"]}, False),
        ({"signal": ["faces"]}, False),
        ({"earlier_reason": ["violence"]}, False),
    ],
)
def test_everything_in_a_condition_must_hold_when_a_case_is_opened(video_maker, policy, condition, is_taken):
    asked = queue("Asked", condition)
    assert submit(made(video_maker())).queue == (asked if is_taken else None)


def test_one_condition_of_several_is_enough(video_maker, policy):
    asked = queue("Asked", {"language": ["fr"]}, {"model": ["sketch"]})
    assert submit(made(video_maker())).queue == asked


def test_a_cohort_has_its_queue(video_maker, policy):
    video = video_maker()
    asked = queue("Festival", {"cohort": [video.owner.participant.cohort.name]})
    assert submit(video).queue == asked
    assert submit(video_maker()).queue is None


def test_queues_are_asked_in_their_order(video_maker, policy):
    queue("Second", {"kind": ["submission"]}, position=2)
    first = queue("First", {"kind": ["submission"]}, position=1)
    queue("Closed", {"kind": ["submission"]}, position=0)
    services.retire_queue(actor=AdminFactory(), queue=ReviewQueue.objects.get(slug="closed"))
    assert submit(video_maker()).queue == first


def test_a_video_that_was_refused_before_goes_to_who_knows_why(finished_video, case, reviewer, token):
    asked = queue("Again", {"earlier_reason": ["violence"]})
    decide(reviewer, case, token, "reject")
    assert submit(finished_video).queue == asked


def test_what_a_signal_finds_sends_the_case_on(case):
    topics = queue("Bodies", {"topic": ["nudity"]}, position=2)
    signals = queue("Faces", {"signal": ["faces"]}, position=1)
    assert not services.reroute(case=case)
    CaseTopic.objects.create(case=case, topic="nudity")
    assert services.reroute(case=case)
    assert case.queue == topics
    copy = case.video.renditions.get(kind="share_copy")
    Signal.objects.filter(rendition=copy, kind="faces").update(state="done", fired=True, score=0.9)
    assert services.reroute(case=case)
    assert not services.reroute(case=case)
    case.refresh_from_db()
    assert (case.queue, case.version) == (signals, 1)
    events = AuditEvent.objects.filter(action="review.case_rerouted").order_by("id")
    assert [event.data["to_queue"] for event in events] == [str(topics.pk), str(signals.pk)]


def test_a_case_that_no_rule_takes_any_more_stays_where_it_is(case):
    asked = queue("Asked", {"kind": ["submission"]})
    services.reroute(case=case)
    services.save_queue(actor=AdminFactory(), queue=asked, name="Asked", slug="asked", rules=[{"kind": ["report"]}])
    assert not services.reroute(case=case)
    case.refresh_from_db()
    assert case.queue == asked


def test_rules_leave_alone_what_people_escalated_and_what_is_over(case, reviewer, token):
    asked = queue("Asked", {"kind": ["submission"]})
    ReviewCase.objects.update(escalated_at=timezone.now())
    assert not services.reroute(case=case)
    ReviewCase.objects.update(escalated_at=None)
    decide(reviewer, case, token)
    assert not services.reroute(case=case)
    case.refresh_from_db()
    assert (case.queue, case.state) == (None, CaseState.DECIDED)
    assert asked.cases.count() == 0


def test_a_reviewer_who_holds_the_case_goes_on(case, reviewer, token):
    asked = queue("Asked", {"kind": ["submission"]})
    assert services.reroute(case=case)
    assert decide(reviewer, case, token).case.queue == asked


def test_time_brings_a_case_under_a_rule(video_maker, policy):
    old, young = submit(video_maker()), submit(video_maker())
    asked = queue("Old", {"min_age_hours": 48}, position=1)
    near = queue("Near", {"deadline_within_hours": 5, "kind": ["submission"]}, position=2)
    assert reroute_ripe() == 0
    ReviewCase.objects.filter(pk=old.pk).update(
        opened_at=timezone.now() - timedelta(hours=49), due_at=timezone.now() + timedelta(hours=2)
    )
    ReviewCase.objects.filter(pk=young.pk).update(due_at=timezone.now() + timedelta(hours=2))
    assert reroute_ripe() == 2
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.queue, young.queue) == (asked, near)
    assert reroute_ripe() == 0


def test_a_queue_that_is_asked_earlier_keeps_its_cases(case):
    first = queue("First", {"kind": ["submission"]}, position=1)
    services.reroute(case=case)
    queue("Old", {"min_age_hours": 1}, position=2)
    ReviewCase.objects.update(opened_at=timezone.now() - timedelta(hours=9))
    assert reroute_ripe() == 0
    case.refresh_from_db()
    assert case.queue == first


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"kind": "report"}, "The rules are a list of conditions."),
        ([{}], "Condition 1: this names no field."),
        ([{"kind": ["report"]}, {"modle": ["sketch"]}], "Condition 2: “modle” is not a field."),
        ([{"kind": ["video"]}], "Condition 1, kind: “video” is none of its values."),
        ([{"topic": []}], "Condition 1, topic: This is no list of values."),
        ([{"language": ["German!"]}], "Condition 1, language: “German!” cannot be one of its values."),
        ([{"min_age_hours": True}], "Condition 1, min_age_hours: This is no number of hours."),
        ([{"min_age_hours": 0}], "Condition 1, min_age_hours: This is no number of hours."),
        ([{"deadline_within_hours": "5"}], "Condition 1, deadline_within_hours: This is no number of hours."),
        ([{"model": [7]}], "Condition 1, model: A value is a word."),
        ([{"kind": ["report"]}] * 21, "The rules are a list of conditions."),
    ],
)
def test_bad_rules_are_refused_with_what_is_allowed(db, rules, says):
    with pytest.raises(Invalid) as refusal:
        services.save_queue(actor=AdminFactory(), queue=None, name="Bad", rules=rules)
    (error,) = refusal.value.fields
    assert (error.field, error.reason) == ("rules", says)
    assert error.allowed
    assert not ReviewQueue.objects.exists()


def test_queues_are_the_admins_and_each_change_is_told(db, reviewer):
    member = ReviewerFactory()
    opened = queue("Faces", {"signal": "faces"}, members=[member])
    assert opened.rules == [{"signal": ["faces"]}]
    for step in (
        lambda: services.save_queue(actor=reviewer, queue=opened, name="Mine"),
        lambda: services.retire_queue(actor=reviewer, queue=opened),
    ):
        with pytest.raises(NotFound):
            step()
    services.retire_queue(actor=AdminFactory(), queue=opened)
    with pytest.raises(Conflict, match="closed already"):
        services.retire_queue(actor=AdminFactory(), queue=opened)
    with pytest.raises(Invalid) as refusal:
        services.save_queue(actor=AdminFactory(), queue=None, name=" ", slug="faces", members=[AdminFactory()])
    assert [error.field for error in refusal.value.fields] == ["name", "slug", "members"]
    actions = AuditEvent.objects.filter(action__startswith="review.queue").order_by("id")
    assert list(actions.values_list("action", flat=True)) == ["review.queue_opened", "review.queue_retired"]
