"""Pitfall 15: claims that never come back: the case is lost to everybody.

The attack: a reviewer claims and disappears, in each of the ways in which one can: the lease runs out (from every place
where a case can wait), the person loses the role, and the sweeper is dead.
"""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.states import StaffRole
from review import services
from review.models import Assessment, Claim, ReviewCase
from review.states import CaseState
from tests.factories import ReviewerFactory
from tests.review.desk import lapse


@pytest.fixture
def lead(db):
    return ReviewerFactory(staff_role=StaffRole.LEAD_REVIEWER)


def test_the_sweeper_returns_a_case_to_the_place_it_came_from(case, reviewer, colleague, lead, policy):
    def returned_from(person):
        services.claim(actor=person, case=case)
        lapse(case)
        assert services.return_lapsed_claims() == 1
        case.refresh_from_db()
        return case.state

    assert returned_from(reviewer) == CaseState.QUEUED
    claim = Claim.objects.get()
    Assessment.objects.create(case=case, claim=claim, reviewer=reviewer, opinion="approve", policy_version=policy)
    ReviewCase.objects.update(state="awaiting_second")
    case.refresh_from_db()
    assert returned_from(colleague) == CaseState.AWAITING_SECOND
    ReviewCase.objects.update(state="escalated", escalated_at=timezone.now())
    case.refresh_from_db()
    assert returned_from(lead) == CaseState.ESCALATED


def test_without_a_sweeper_the_next_reviewer_frees_it(case, held, colleague):
    lapse(case)
    assert services.claim_next(actor=colleague)[0].case_id == case.pk


def test_whoever_is_a_reviewer_no_more_keeps_nothing(case, reviewer, held, colleague):
    reviewer.staff_role = "none"
    reviewer.save()
    lapse(case)
    assert services.return_lapsed_claims() == 1
    assert services.claim_next(actor=colleague)[0].case_id == case.pk


def test_what_was_handed_to_somebody_who_left_comes_back_at_its_deadline(case, reviewer, token, colleague, lead):
    services.hand(actor=reviewer, case=case, reviewer=colleague, token=token)
    assert services.claim_next(actor=lead) is None
    ReviewCase.objects.update(due_at=timezone.now())
    services.escalate_overdue()
    assert services.claim_next(actor=lead)[0].case_id == case.pk
