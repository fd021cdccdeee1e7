"""Who holds a case, and for how long. Pitfalls 12 to 16 of the review's reference."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from audit.models import AuditEvent
from common.errors import Conflict, NotAllowed, NotFound
from review import services
from review.models import Claim, ReviewCase
from review.states import CaseState
from review.tasks import return_lapsed_claims
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory
from tests.review.desk import decide, lapse


def submit(video):
    return services.submit(actor=video.owner, video=video, note="")


def test_a_claim_takes_the_case_out_of_the_queue_with_one_event(case, reviewer, held):
    claim, token = held
    case.refresh_from_db()
    assert (case.state, case.version) == (CaseState.CLAIMED, 2)
    assert claim.reviewer == reviewer
    event = AuditEvent.objects.get(action="review.case_claimed")
    assert (event.from_state, event.to_state) == ("queued", "claimed")
    assert token not in str(event.data)


def test_only_the_hash_of_a_token_is_kept_and_each_claim_has_its_own(case, reviewer, held):
    claim, token = held
    assert claim.token_sha256 == hashlib.sha256(token.encode()).hexdigest()
    services.release(actor=reviewer, case=case, token=token)
    assert services.claim(actor=reviewer, case=case)[1] != token


def test_a_held_case_is_refused_by_name_and_time(case, held, colleague):
    with pytest.raises(Conflict, match=r"Rosa Reviewer claimed this case at \d\d:\d\d UTC"):
        services.claim(actor=colleague, case=case)
    assert Claim.objects.count() == 1


def test_the_database_itself_refuses_a_second_open_claim(case, held, colleague):
    with pytest.raises(IntegrityError):
        Claim.objects.create(case=case, reviewer=colleague, token_sha256="x", expires_at=timezone.now())


def test_nobody_claims_their_own_work(video_maker):
    owner = ReviewerFactory()
    case = submit(video_maker(owner=owner))
    with pytest.raises(NotAllowed, match="your own work"):
        services.claim(actor=owner, case=case)
    assert services.claim_next(actor=owner) is None
    assert not Claim.objects.exists()


def test_to_people_who_are_no_reviewers_there_is_no_case(case):
    for stranger in (case.video.owner, ParticipantFactory().user, AdminFactory()):
        with pytest.raises(NotFound):
            services.claim(actor=stranger, case=case)
        with pytest.raises(NotFound):
            services.claim_next(actor=stranger)
        with pytest.raises(NotFound):
            services.renew(actor=stranger, case=case, token="x")
        with pytest.raises(NotFound):
            services.release(actor=stranger, case=case, token="x")


def test_a_reviewer_whose_role_ended_is_a_stranger(case, reviewer, token):
    reviewer.staff_role = "none"
    reviewer.save()
    with pytest.raises(NotFound):
        services.renew(actor=reviewer, case=case, token=token)


def test_the_next_case_is_the_one_that_waited_longest(video_maker, reviewer, colleague, policy):
    first, second = submit(video_maker()), submit(video_maker())
    assert services.claim_next(actor=reviewer)[0].case_id == first.pk
    assert services.claim_next(actor=colleague)[0].case_id == second.pk
    assert services.claim_next(actor=colleague) is None


def test_what_a_reviewer_put_back_is_not_next_for_them_again(video_maker, reviewer, colleague):
    first, second = submit(video_maker()), submit(video_maker())
    _claim, token = services.claim_next(actor=reviewer)
    services.release(actor=reviewer, case=first, token=token)
    assert services.claim_next(actor=reviewer)[0].case_id == second.pk
    assert services.claim_next(actor=reviewer) is None
    assert services.claim_next(actor=colleague)[0].case_id == first.pk


def test_a_reviewer_holds_at_most_three_cases(video_maker, reviewer):
    cases = [submit(video_maker()) for _ in range(4)]
    held = [services.claim_next(actor=reviewer) for _ in range(3)]
    with pytest.raises(Conflict, match="hold 3 cases"):
        services.claim_next(actor=reviewer)
    with pytest.raises(Conflict, match="hold 3 cases"):
        services.claim(actor=reviewer, case=cases[3])
    services.release(actor=reviewer, case=held[0][0].case, token=held[0][1])
    assert services.claim(actor=reviewer, case=cases[3])


def test_renewing_prolongs_a_live_claim_without_an_event(case, reviewer, held, settings):
    _claim, token = held
    Claim.objects.update(expires_at=timezone.now() + timedelta(seconds=5))
    events = AuditEvent.objects.count()
    renewed = services.renew(actor=reviewer, case=case, token=token)
    assert renewed.expires_at > timezone.now() + timedelta(minutes=settings.CLAIM_MINUTES - 1)
    assert AuditEvent.objects.count() == events


def test_an_expired_claim_is_not_renewed_even_before_anybody_sweeps(case, reviewer, token):
    lapse(case)
    with pytest.raises(Conflict, match=r"Your claim expired at \d\d:\d\d UTC. The case is back in the queue."):
        services.renew(actor=reviewer, case=case, token=token)


def test_a_lapsed_claim_is_returned_by_the_system(case, held):
    lapse(case)
    assert return_lapsed_claims() == 1
    assert return_lapsed_claims() == 0
    case.refresh_from_db()
    assert (case.state, case.version) == (CaseState.QUEUED, 3)
    event = AuditEvent.objects.get(action="review.claim_lapsed")
    assert (event.actor_kind, event.actor_id) == ("system", "claim-sweeper")


def test_a_live_claim_is_not_returned(case, held):
    assert return_lapsed_claims() == 0
    case.refresh_from_db()
    assert case.state == CaseState.CLAIMED


def test_a_lapsed_case_can_be_claimed_without_waiting_for_the_sweeper(case, held, colleague):
    lapse(case)
    claim, _token = services.claim(actor=colleague, case=case)
    assert claim.reviewer == colleague
    actions = list(AuditEvent.objects.filter(target_id=str(case.pk)).order_by("id").values_list("action", flat=True))
    assert actions == [
        "review.case_submitted",
        "review.case_claimed",
        "review.claim_lapsed",
        "review.case_claimed",
    ]


def test_next_case_returns_lapsed_ones_first(case, held, colleague):
    lapse(case)
    assert services.claim_next(actor=colleague)[0].case_id == case.pk


def test_lapsed_claims_do_not_count_against_the_three(video_maker, reviewer):
    for _ in range(4):
        submit(video_maker())
    for _ in range(3):
        services.claim_next(actor=reviewer)
    Claim.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert services.claim(actor=reviewer, case=ReviewCase.objects.last())


def test_a_second_window_of_the_same_reviewer_is_told_so_and_can_take_over(case, reviewer, token):
    with pytest.raises(Conflict, match="in another window"):
        services.claim(actor=reviewer, case=case)
    claim, second = services.claim(actor=reviewer, case=case, take_over=True)
    with pytest.raises(Conflict, match="You hold it in another window"):
        services.renew(actor=reviewer, case=case, token=token)
    with pytest.raises(Conflict, match="in another window"):
        decide(reviewer, case, token)
    assert services.renew(actor=reviewer, case=case, token=second) == claim
    case.refresh_from_db()
    assert (case.state, case.version) == (CaseState.CLAIMED, 3)


def test_take_over_takes_nothing_from_others(case, held, colleague):
    with pytest.raises(Conflict, match="Rosa Reviewer claimed"):
        services.claim(actor=colleague, case=case, take_over=True)


def test_a_token_of_somebody_else_is_worth_nothing(case, token, colleague):
    for step in (services.renew, services.release):
        with pytest.raises(Conflict, match=r"not the token of a claim of yours\. Rosa Reviewer has claimed it since"):
            step(actor=colleague, case=case, token=token)


def test_released_is_back_in_the_queue_with_one_event(case, reviewer, token):
    released = services.release(actor=reviewer, case=case, token=token)
    assert (released.state, released.version) == (CaseState.QUEUED, 3)
    assert AuditEvent.objects.filter(action="review.case_released").count() == 1
    with pytest.raises(Conflict, match="back in the queue"):
        services.release(actor=reviewer, case=case, token=token)


def test_a_withdrawn_case_says_so_to_whoever_held_it(case, artist, reviewer, token):
    services.withdraw(actor=artist, case=case)
    with pytest.raises(Conflict, match=r"^The artist withdrew the submission at \d\d:\d\d UTC.$"):
        services.renew(actor=reviewer, case=case, token=token)
    with pytest.raises(Conflict, match="The artist withdrew"):
        services.claim(actor=reviewer, case=case)


def test_a_case_that_somebody_else_decided_names_them(case, reviewer, colleague, token):
    lapse(case)
    _claim, second = services.claim(actor=colleague, case=case)
    decide(colleague, case, second)
    with pytest.raises(Conflict, match=r"Your claim expired at .* Cem Colleague decided it at \d\d:\d\d UTC."):
        services.renew(actor=reviewer, case=case, token=token)


def test_the_owner_who_is_a_reviewer_too_learns_nothing_of_who_reviews(video_maker, reviewer):
    owner = ReviewerFactory()
    case = submit(video_maker(owner=owner))
    services.claim(actor=reviewer, case=case)
    for step in (services.renew, services.release):
        with pytest.raises(NotAllowed) as refusal:
            step(actor=owner, case=case, token="guess")
        assert "Rosa" not in refusal.value.message
