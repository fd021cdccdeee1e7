"""A case waits for something, or for somebody: pass, hold, hand, a specialist queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.states import StaffRole
from audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from notifications.models import Notification
from review import services
from review.models import Assessment, Claim, InternalNote, Pass, ReviewCase, ReviewQueue
from review.states import CaseState
from tests.factories import AdminFactory, ReviewerFactory

SOON = timedelta(hours=4)


def submit(video):
    return services.submit(actor=video.owner, video=video, note="")


@pytest.fixture
def lead(db):
    return ReviewerFactory(name="Lea Lead", staff_role=StaffRole.LEAD_REVIEWER)


@pytest.fixture
def on_hold(case, reviewer, token):
    return services.hold(
        actor=reviewer, case=case, until=timezone.now() + SOON, note="Asked the press office.", token=token
    )


def later(case, **changes):
    """The case as if that much time had passed."""
    ReviewCase.objects.filter(pk=case.pk).update(**changes)


def actions(case):
    return list(AuditEvent.objects.filter(target_id=str(case.pk)).order_by("id").values_list("action", flat=True))


# --- Pass ---------------------------------------------------------------------------------------------------------


def test_a_passed_case_waits_for_everybody_else(case, reviewer, colleague):
    services.pass_by(actor=reviewer, case=case)
    assert services.claim_next(actor=reviewer) is None
    assert services.claim_next(actor=colleague)[0].case_id == case.pk


def test_passing_a_held_case_puts_it_back_with_one_event(case, reviewer, token):
    passed = services.pass_by(actor=reviewer, case=case, token=token)
    assert passed.state == CaseState.QUEUED
    assert not Claim.objects.filter(ended_at=None).exists()
    assert actions(case)[2:] == ["review.case_passed"]
    assert services.claim_next(actor=reviewer) is None


def test_passing_twice_leaves_one_row_and_one_event(case, reviewer):
    services.pass_by(actor=reviewer, case=case)
    services.pass_by(actor=reviewer, case=case)
    assert Pass.objects.count() == 1
    assert actions(case).count("review.case_passed") == 1


def test_a_passed_case_can_still_be_chosen_and_taken_back(case, reviewer):
    services.pass_by(actor=reviewer, case=case)
    services.unpass(actor=reviewer, case=case)
    assert services.claim_next(actor=reviewer)[0].case_id == case.pk
    with pytest.raises(Conflict):
        services.unpass(actor=reviewer, case=case)


def test_a_case_of_somebody_else_is_not_passed(case, held, colleague):
    with pytest.raises(Conflict, match="Rosa Reviewer claimed"):
        services.pass_by(actor=colleague, case=case)
    for token in ("", "guess"):
        with pytest.raises(Conflict):
            services.pass_by(actor=colleague, case=case, token=token)
    with pytest.raises(NotFound):
        services.pass_by(actor=AdminFactory(), case=case)


# --- Hold ---------------------------------------------------------------------------------------------------------


def test_next_case_passes_a_held_one_by_and_nobody_claims_it(on_hold, reviewer, colleague):
    assert (on_hold.state, on_hold.held_by) == (CaseState.QUEUED, reviewer)
    assert InternalNote.objects.get().body == "Asked the press office."
    assert services.claim_next(actor=colleague) is None
    with pytest.raises(Conflict, match="Rosa Reviewer put this case on hold until"):
        services.claim(actor=colleague, case=on_hold)
    assert actions(on_hold)[-1] == "review.case_held"


def test_a_hold_that_lapsed_returns_by_itself(on_hold, colleague):
    later(on_hold, held_until=timezone.now() - timedelta(seconds=1))
    assert services.claim_next(actor=colleague)[0].case_id == on_hold.pk


def test_the_artists_deadline_ends_a_hold(on_hold, colleague):
    later(on_hold, overdue_at=timezone.now())
    assert services.claim_next(actor=colleague)[0].case_id == on_hold.pk


def test_an_overdue_case_is_not_put_on_hold(case, reviewer, token):
    later(case, overdue_at=timezone.now())
    with pytest.raises(Conflict, match="deadline of this case has passed"):
        services.hold(actor=reviewer, case=case, until=timezone.now() + SOON, note="w", token=token)


def test_whoever_held_it_or_a_lead_takes_it_off_again(on_hold, reviewer, colleague, lead):
    with pytest.raises(NotAllowed, match="or a lead"):
        services.unhold(actor=colleague, case=on_hold)
    services.unhold(actor=lead, case=on_hold)
    with pytest.raises(Conflict, match="not on hold"):
        services.unhold(actor=reviewer, case=on_hold)
    assert services.claim_next(actor=colleague)[0].case_id == on_hold.pk
    assert actions(on_hold)[-2:] == ["review.case_unheld", "review.case_claimed"]


@pytest.mark.parametrize("away", [timedelta(seconds=-1), timedelta(days=15)])
def test_a_hold_ends_within_two_weeks(case, reviewer, token, away):
    with pytest.raises(Invalid) as refusal:
        services.hold(actor=reviewer, case=case, until=timezone.now() + away, note="", token=token)
    assert [error.field for error in refusal.value.fields] == ["until", "note"]
    assert Claim.objects.filter(ended_at=None).exists()


def test_a_stale_window_holds_nothing(case, reviewer, held):
    with pytest.raises(Conflict, match="in another window"):
        services.hold(actor=reviewer, case=case, until=timezone.now() + SOON, note="n", token="guess")


def test_only_leads_see_to_a_case_that_nobody_holds(case, reviewer, lead, colleague):
    with pytest.raises(NotAllowed, match="Claim the case first"):
        services.hold(actor=reviewer, case=case, until=timezone.now() + SOON, note="n")
    services.hold(actor=lead, case=case, until=timezone.now() + SOON, note="n")
    services.hand(actor=lead, case=case, reviewer=colleague)
    assert services.claim_next(actor=colleague)[0].case_id == case.pk


# --- Hand ---------------------------------------------------------------------------------------------------------


def test_a_handed_case_is_for_one_person(case, reviewer, token, colleague):
    handed = services.hand(actor=reviewer, case=case, reviewer=colleague, note="You speak Greek.", token=token)
    assert (handed.state, handed.assigned_to) == (CaseState.QUEUED, colleague)
    letter = Notification.objects.get(recipient=colleague)
    assert "Rosa Reviewer handed you a case" in letter.body
    assert case.video.title not in letter.body
    stranger = ReviewerFactory()
    assert services.claim_next(actor=stranger) is None
    with pytest.raises(Conflict, match="handed to Cem Colleague"):
        services.claim(actor=stranger, case=case)
    assert services.claim_next(actor=colleague)[0].case_id == case.pk
    assert actions(case)[-2:] == ["review.case_handed", "review.case_claimed"]


def test_putting_back_what_was_handed_gives_it_to_everybody(case, reviewer, token, colleague):
    services.hand(actor=reviewer, case=case, reviewer=colleague, token=token)
    _claim, second = services.claim_next(actor=colleague)
    services.release(actor=colleague, case=case, token=second)
    assert services.claim_next(actor=ReviewerFactory())[0].case_id == case.pk


def test_a_handed_case_comes_even_to_who_passed_it(case, reviewer, colleague):
    services.pass_by(actor=colleague, case=case)
    _claim, token = services.claim(actor=reviewer, case=case)
    services.hand(actor=reviewer, case=case, reviewer=colleague, token=token)
    assert services.claim_next(actor=colleague)[0].case_id == case.pk


def test_the_deadline_frees_what_was_handed(case, reviewer, token, colleague):
    services.hand(actor=reviewer, case=case, reviewer=colleague, token=token)
    later(case, overdue_at=timezone.now())
    assert services.claim_next(actor=ReviewerFactory())[0].case_id == case.pk


def test_nobody_is_handed_what_they_may_not_decide(video_maker, reviewer, policy):
    owner = ReviewerFactory(name="Ona Owner")
    case = submit(video_maker(owner=owner))
    _claim, token = services.claim(actor=reviewer, case=case)
    for person in (owner, AdminFactory(name="Ada")):
        with pytest.raises(Invalid, match="cannot take this case"):
            services.hand(actor=reviewer, case=case, reviewer=person, token=token)
    assert Claim.objects.filter(ended_at=None).count() == 1


# --- A specialist queue -------------------------------------------------------------------------------------------


@pytest.fixture
def specialists(db, colleague):
    queue = ReviewQueue.objects.create(slug="faces", name="Faces")
    queue.members.add(colleague)
    return queue


def test_escalated_to_a_queue_its_members_and_leads_may_claim_it(case, reviewer, token, colleague, specialists, lead):
    sent = services.send_to_queue(actor=reviewer, case=case, queue=specialists, note="A face.", token=token)
    assert (sent.state, sent.queue) == (CaseState.ESCALATED, specialists)
    assert sent.escalated_at is not None
    assert services.claim_next(actor=ReviewerFactory()) is None
    with pytest.raises(NotAllowed, match="A lead reviewer decides"):
        services.claim(actor=reviewer, case=case)
    _claim, second = services.claim_next(actor=colleague)
    back = services.release(actor=colleague, case=case, token=second)
    assert back.state == CaseState.ESCALATED
    assert services.claim_next(actor=lead)[0].case_id == case.pk
    event = AuditEvent.objects.get(action="review.case_escalated")
    assert (event.from_state, event.to_state) == ("claimed", "escalated")


def test_a_closed_queue_takes_nothing(case, reviewer, token, specialists):
    specialists.retired_at = timezone.now()
    with pytest.raises(Invalid, match="closed"):
        services.send_to_queue(actor=reviewer, case=case, queue=specialists, token=token)


def test_a_queue_of_members_is_theirs_alone_until_it_is_retired(case, reviewer, colleague, specialists):
    later(case, queue=specialists)
    assert services.claim_next(actor=reviewer) is None
    with pytest.raises(Conflict, match="“Faces”, which is not open to you"):
        services.claim(actor=reviewer, case=case)
    ReviewQueue.objects.update(retired_at=timezone.now())
    assert services.claim_next(actor=reviewer)[0].case_id == case.pk


def test_a_queue_for_leads_is_for_leads(case, reviewer, lead):
    later(case, queue=ReviewQueue.objects.create(slug="hard", name="Hard", leads_only=True))
    assert services.claim_next(actor=reviewer) is None
    assert services.claim_next(actor=lead)[0].case_id == case.pk


# --- Where a case returns to --------------------------------------------------------------------------------------


def test_a_claim_returns_a_case_to_where_it_waited(case, reviewer, colleague, policy):
    claim, token = services.claim(actor=reviewer, case=case)
    Assessment.objects.create(case=case, claim=claim, reviewer=reviewer, opinion="approve", policy_version=policy)
    back = services.release(actor=reviewer, case=case, token=token)
    assert back.state == CaseState.AWAITING_SECOND
    services.claim(actor=colleague, case=case)
    Claim.objects.filter(ended_at=None).update(expires_at=timezone.now() - timedelta(seconds=1))
    services.return_lapsed_claims()
    case.refresh_from_db()
    assert case.state == CaseState.AWAITING_SECOND
