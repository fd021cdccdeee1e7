"""The artist takes back what is theirs at any time: a submission in every state that it waits in, and a share."""

from __future__ import annotations

import pytest

from accounts.states import StaffRole
from common.errors import Conflict, NotFound
from review import services
from review.models import GoldenItem, ReviewCase
from review.services.opening import open_case
from review.services.reports import PUBLIC
from review.states import CaseKind, CaseState
from tests.factories import ReviewerFactory
from tests.media import share
from tests.review.desk import decide
from videos.services import revoke_share


def queued(case: ReviewCase) -> None:
    """As it is submitted."""


def claimed(case: ReviewCase) -> None:
    services.claim(actor=ReviewerFactory(), case=case)


def awaiting_second(case: ReviewCase) -> None:
    ReviewCase.objects.filter(pk=case.pk).update(approvals_needed=2)
    reviewer = ReviewerFactory()
    _claim, token = services.claim(actor=reviewer, case=case)
    decide(reviewer, case, token)


def escalated(case: ReviewCase) -> None:
    awaiting_second(case)
    second = ReviewerFactory()
    _claim, token = services.claim(actor=second, case=case)
    decide(second, case, token, "reject")  # they disagree: a lead decides


def answered(case: ReviewCase) -> None:
    reviewer = ReviewerFactory()
    _claim, token = services.claim(actor=reviewer, case=case)
    decide(reviewer, case, token, "request_changes")
    services.answer(actor=case.video.owner, case=case, body="It is a puppet.")


STATES = {
    queued: CaseState.QUEUED,
    claimed: CaseState.CLAIMED,
    awaiting_second: CaseState.AWAITING_SECOND,
    escalated: CaseState.ESCALATED,
    answered: CaseState.QUEUED,
}


@pytest.mark.parametrize("bring", STATES)
def test_a_submission_is_withdrawn_in_every_state_that_is_open(case, artist, bring):
    bring(case)
    assert ReviewCase.objects.get(pk=case.pk).state == STATES[bring]
    withdrawn = services.withdraw(actor=artist, case=case)
    assert (withdrawn.state, withdrawn.closed_at is None) == (CaseState.WITHDRAWN, False)
    assert not case.claims.filter(ended_at=None).exists()
    assert not case.video.approvals.exists()
    assert services.submit(actor=artist, video=case.video).state == CaseState.QUEUED


@pytest.mark.parametrize("bring", [claimed, escalated])
def test_whoever_held_it_decides_nothing_after(case, artist, bring):
    bring(case)
    lead = ReviewerFactory(staff_role=StaffRole.LEAD_REVIEWER)
    held = case.claims.filter(ended_at=None).first()
    token = "" if held else services.claim(actor=lead, case=case)[1]
    services.withdraw(actor=artist, case=case)
    with pytest.raises(Conflict, match="withdrew"):
        decide(held.reviewer if held else lead, case, token)
    assert not case.decisions.exists()


def test_a_share_is_ended_while_a_report_about_it_is_looked_at(finished_video, policy, client):
    grant = share(finished_video)
    report, _token = services.report(actor=PUBLIC, grant=grant, category="other", body="Something is wrong.")
    services.claim(actor=ReviewerFactory(), case=report.case)
    revoke_share(actor=finished_video.owner, grant=grant)
    assert client.get(f"/s/{grant.token}/").status_code == 404
    report.case.refresh_from_db()
    assert report.case.state == CaseState.CLAIMED


@pytest.mark.parametrize("kind", [CaseKind.REPORT, CaseKind.RECHECK])
def test_what_the_artist_did_not_open_is_not_theirs_to_withdraw(finished_video, policy, kind):
    case = open_case(kind=kind, video=finished_video, opened_by=None)
    with pytest.raises(NotFound):
        services.withdraw(actor=finished_video.owner, case=case)


def test_a_golden_items_case_is_hidden_from_its_artist(case, artist, reviewer, token):
    decide(reviewer, case, token, "reject")
    lead = ReviewerFactory(staff_role=StaffRole.LEAD_REVIEWER)
    golden = GoldenItem.objects.create(video=case.video, expected="reject", added_by=lead)
    mixed_in = open_case(kind=CaseKind.SUBMISSION, video=case.video, opened_by=lead, golden=golden)
    for step in (services.withdraw, services.answer):
        with pytest.raises(NotFound):
            step(actor=artist, case=mixed_in)
    assert services.submit(actor=artist, video=case.video).state == CaseState.QUEUED
