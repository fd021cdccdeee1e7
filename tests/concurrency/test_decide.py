"""Many people at one case. Each race is shown to happen without its guard first, then to be over with it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.models import AuditEvent
from audit.verification import verify
from common.actors import System
from common.errors import Conflict
from review import services
from review.models import Assessment, Claim, Decision, ReviewCase
from review.services import cases as guards
from review.services import claims as claim_services
from review.services import decisions as decision_services
from review.services.second_person import need_second_person
from review.states import CaseState
from tests.concurrency.threads import at_once
from tests.factories import PolicyVersionFactory, ReviewerFactory
from tests.media import make_finished_video
from tests.review.desk import decide, lapse

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 5


@pytest.fixture(autouse=True)
def _policy(transactional_db: None) -> None:
    PolicyVersionFactory()


def without_guards(monkeypatch: pytest.MonkeyPatch, people: int) -> None:
    """No row locks, and writes that ask nothing, made when everybody has looked."""
    looked = threading.Barrier(people)

    def write_blindly(queryset: Any, *, expected: dict[str, Any], changes: dict[str, Any]) -> bool:
        looked.wait(10)
        return bool(queryset.update(**changes))

    monkeypatch.setattr(guards, "lock", lambda queryset: queryset)
    monkeypatch.setattr(guards, "compare_and_set", write_blindly)


@contextmanager
def without_constraint(model: Any, name: str) -> Iterator[None]:
    """A table without one of its constraints; the rows that break it are gone before it returns."""
    constraint = next(one for one in model._meta.constraints if one.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, constraint)
    try:
        yield
    finally:
        Claim.objects.filter(ended_at=None).update(ended_at=timezone.now())
        with connection.schema_editor() as editor:
            editor.add_constraint(model, constraint)


def submitted() -> ReviewCase:
    video = make_finished_video()
    return services.submit(actor=video.owner, video=video, note="")


def holders(case: ReviewCase) -> int:
    return Claim.objects.filter(case=case, ended_at=None).count()


def claims_of(case: ReviewCase, reviewers: list[Any]) -> list[Any]:
    return at_once(*(partial(services.claim, actor=reviewer, case=case) for reviewer in reviewers))


# --- Two reviewers claim one case --------------------------------------------------------------------------------


def test_without_its_guards_one_case_has_two_holders(monkeypatch):
    case = submitted()
    with without_constraint(Claim, "claim_one_a_case"):
        without_guards(monkeypatch, 2)
        claims_of(case, [ReviewerFactory(), ReviewerFactory()])
        assert holders(case) == 2


def test_the_constraint_alone_lets_one_through_and_answers_the_other_with_a_sentence(monkeypatch):
    case = submitted()
    without_guards(monkeypatch, 2)
    results = claims_of(case, [ReviewerFactory(), ReviewerFactory()])
    assert holders(case) == 1
    assert [type(result) for result in results if isinstance(result, Exception)] == [Conflict]


def test_of_many_who_claim_one_case_one_holds_it_and_the_others_are_told_who():
    reviewers = [ReviewerFactory(name=f"Reviewer {number}") for number in range(6)]
    for _round in range(ROUNDS):
        case = submitted()
        results = claims_of(case, reviewers)
        (holder,) = [result[0].reviewer for result in results if isinstance(result, tuple)]
        refusals = [result for result in results if isinstance(result, Exception)]
        assert all(isinstance(refusal, Conflict) for refusal in refusals), refusals
        assert all(refusal.message.startswith(holder.name) for refusal in refusals)
        assert holders(case) == 1
        services.withdraw(actor=case.video.owner, case=case)
    assert AuditEvent.objects.filter(action="review.case_claimed").count() == ROUNDS
    assert verify(AuditEvent.objects.order_by("id")).first_break is None


def test_everybody_who_asks_for_the_next_case_at_once_gets_another_one():
    waiting = {submitted().pk for _ in range(5)}
    results = at_once(*(partial(services.claim_next, actor=ReviewerFactory()) for _ in range(7)))
    assert not [result for result in results if isinstance(result, Exception)]
    taken = [result[0].case_id for result in results if result]
    assert sorted(taken) == sorted(waiting)


# --- One reviewer in many windows --------------------------------------------------------------------------------


def windows(reviewer: Any, cases: list[ReviewCase]) -> None:
    at_once(*(partial(services.claim, actor=reviewer, case=case) for case in cases))


def test_without_its_guard_one_reviewer_takes_more_than_three(monkeypatch):
    looked = threading.Barrier(5)
    monkeypatch.setattr(claim_services, "_wait_for_own_other_claims", lambda actor: None)
    room = claim_services._no_room

    def look_then_wait(actor: Any) -> Any:
        refusal = room(actor)
        looked.wait(10)
        return refusal

    monkeypatch.setattr(claim_services, "_no_room", look_then_wait)
    reviewer = ReviewerFactory()
    windows(reviewer, [submitted() for _ in range(5)])
    assert Claim.objects.filter(reviewer=reviewer, ended_at=None).count() == 5


def test_one_reviewer_in_many_windows_holds_three():
    reviewer = ReviewerFactory()
    windows(reviewer, [submitted() for _ in range(5)])
    assert Claim.objects.filter(reviewer=reviewer, ended_at=None).count() == services.CLAIMS_AT_ONCE


# --- Two decisions on one case -----------------------------------------------------------------------------------


def lapsed_and_claimed_again() -> tuple[ReviewCase, list[tuple[Any, str]]]:
    """A case whose first claim ran out and that somebody else holds now; both with their tokens."""
    case = submitted()
    late, present = ReviewerFactory(name="Late"), ReviewerFactory(name="Present")
    first = services.claim(actor=late, case=case)[1]
    lapse(case)
    return case, [(late, first), (present, services.claim(actor=present, case=case)[1])]


def decisions_at_once(case: ReviewCase, people: list[tuple[Any, str]]) -> list[Any]:
    return at_once(*(partial(decide, who, case, token, "reject") for who, token in people))


def any_claim(case: ReviewCase, actor: Any, token: str) -> Claim:
    """What a claim without expiry and token would be: whoever once held the case."""
    return Claim.objects.filter(case=case, reviewer=actor).latest("id")


def test_without_its_guards_a_case_is_decided_twice(monkeypatch):
    case, people = lapsed_and_claimed_again()
    without_guards(monkeypatch, 2)
    monkeypatch.setattr(decision_services, "end_claim", any_claim)
    monkeypatch.setattr(decision_services.selectors, "live_claim", lambda **words: True)
    decisions_at_once(case, people)
    assert Decision.objects.filter(case=case).count() == 2


def test_of_a_stale_and_a_live_claim_only_the_live_one_decides():
    for _round in range(ROUNDS):
        case, people = lapsed_and_claimed_again()
        late, present = decisions_at_once(case, people)
        assert isinstance(late, Conflict)
        assert "Your claim expired" in late.message
        assert isinstance(present, Decision)
        assert Decision.objects.filter(case=case).count() == 1


def test_the_same_decision_sent_twice_at_once_is_written_once():
    for _round in range(ROUNDS):
        case = submitted()
        reviewer = ReviewerFactory()
        token = services.claim(actor=reviewer, case=case)[1]
        results = decisions_at_once(case, [(reviewer, token)] * 3)
        assert sum(isinstance(result, Decision) for result in results) == 1
        refusals = [result for result in results if not isinstance(result, Decision)]
        assert all(isinstance(refusal, Conflict) for refusal in refusals), refusals
        assert all("You decided it" in refusal.message for refusal in refusals)
        assert AuditEvent.objects.filter(action="review.case_decided", target_id=str(case.pk)).count() == 1


# --- A decision and a withdrawal ---------------------------------------------------------------------------------


def claimed() -> tuple[ReviewCase, Any, str]:
    case = submitted()
    reviewer = ReviewerFactory()
    return case, reviewer, services.claim(actor=reviewer, case=case)[1]


def decision_and_withdrawal(case: ReviewCase, reviewer: Any, token: str) -> list[Any]:
    return at_once(
        partial(decide, reviewer, case, token),
        partial(services.withdraw, actor=case.video.owner, case=case),
    )


def test_without_its_guards_a_case_is_decided_and_withdrawn(monkeypatch):
    case, reviewer, token = claimed()
    without_guards(monkeypatch, 2)
    monkeypatch.setattr(decision_services, "end_claim", any_claim)
    results = decision_and_withdrawal(case, reviewer, token)
    assert not [result for result in results if isinstance(result, Exception)]
    assert Decision.objects.filter(case=case).exists()
    assert AuditEvent.objects.filter(action="review.case_withdrawn").exists()


def test_of_a_decision_and_a_withdrawal_one_wins_and_the_other_is_told():
    for _round in range(ROUNDS):
        case, reviewer, token = claimed()
        decided, withdrawn = decision_and_withdrawal(case, reviewer, token)
        case.refresh_from_db()
        if case.state == CaseState.DECIDED:
            assert isinstance(decided, Decision)
            assert "just been decided" in withdrawn.message
        else:
            assert case.state == CaseState.WITHDRAWN
            assert "The artist withdrew" in decided.message
        assert Decision.objects.filter(case=case).exists() == (case.state == CaseState.DECIDED)
        assert case.video.approvals.exists() == (case.state == CaseState.DECIDED)
        assert holders(case) == 0


# --- A renewal and the sweeper -----------------------------------------------------------------------------------


def test_a_claim_is_either_renewed_or_returned_never_both():
    for _round in range(ROUNDS):
        case, reviewer, token = claimed()
        lapse(case)
        renewed, swept = at_once(
            partial(services.renew, actor=reviewer, case=case, token=token),
            services.return_lapsed_claims,
        )
        case.refresh_from_db()
        assert isinstance(renewed, Conflict)
        assert (swept, case.state, holders(case)) == (1, CaseState.QUEUED, 0)


# --- Two persons -------------------------------------------------------------------------------------------------


def second_claimed() -> tuple[ReviewCase, Any, str]:
    """A case that takes two, with the first opinion given and the second reviewer's claim."""
    case = submitted()
    ReviewCase.objects.filter(pk=case.pk).update(approvals_needed=2)
    first = ReviewerFactory()
    decide(first, case, services.claim(actor=first, case=case)[1])
    second = ReviewerFactory()
    return case, second, services.claim(actor=second, case=case)[1]


def test_a_second_opinion_sent_many_times_at_once_is_one_opinion_and_one_decision():
    for _round in range(ROUNDS):
        case, second, token = second_claimed()
        results = at_once(*[partial(decide, second, case, token)] * 3)
        assert sum(isinstance(result, Decision) for result in results) == 1
        assert all(isinstance(result, Decision | Conflict) for result in results), results
        assert case.assessments.count() == 2
        assert case.video.approvals.count() == 1
        assert AuditEvent.objects.filter(action="review.case_assessed", target_id=str(case.pk)).count() == 1


def test_a_signal_that_asks_for_two_and_a_decision_agree_on_which_came_first():
    for _round in range(ROUNDS):
        case, reviewer, token = claimed()
        grown, given = at_once(
            partial(need_second_person, actor=System("signals"), case=case, why="nudity"),
            partial(decide, reviewer, case, token),
        )
        case.refresh_from_db()
        if grown:
            assert (type(given), case.state, case.approvals_needed) == (Assessment, CaseState.AWAITING_SECOND, 2)
        else:
            assert (type(given), case.state, case.approvals_needed) == (Decision, CaseState.DECIDED, 1)
        assert case.video.approvals.exists() == (not grown)


def test_the_database_itself_refuses_a_second_opinion_of_the_same_person():
    case = submitted()
    reviewer = ReviewerFactory()
    claim = services.claim(actor=reviewer, case=case)[0]
    policy = PolicyVersionFactory()
    words = {"case": case, "reviewer": reviewer, "opinion": "approve", "policy_version": policy}
    again = Claim.objects.create(
        case=case, reviewer=reviewer, token_sha256="0" * 64, expires_at=timezone.now(), ended_at=timezone.now()
    )
    Assessment.objects.create(claim=claim, **words)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assessment.objects.create(claim=again, **words)
