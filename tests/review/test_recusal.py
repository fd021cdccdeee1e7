"""Who keeps away from a case: enforced in the claim, in "next case", in the queue, and again at the decision."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.states import StaffRole
from audit.models import AuditEvent
from common.errors import Conflict, Invalid, NotAllowed, NotFound
from review import policies, services
from review.models import Appeal, Assessment, Claim, Interest, ReviewCase
from review.selectors.appeals import free_leads
from review.services.cases import require_reviewer
from review.services.opening import open_case
from review.states import CaseKind, CaseState
from tests.factories import AdminFactory, ParticipantFactory, ReviewerFactory
from tests.review.desk import decide


def submit(video):
    return services.submit(actor=video.owner, video=video, note="")


@pytest.fixture
def lead(db):
    return ReviewerFactory(name="Lea Lead", staff_role=StaffRole.LEAD_REVIEWER)


def appeal_of(decision):
    """The artist's appeal, as rows: its service has tests of its own."""
    artist = decision.case.video.owner
    case = open_case(kind=CaseKind.APPEAL, video=decision.case.video, opened_by=artist)
    return Appeal.objects.create(decision=decision, case=case, appellant=artist, body="It is a puppet.").case


def is_kept_away(actor, case, code):
    assert policies.recusal_of(actor, case) == code
    assert not policies.claimable_by(actor).filter(pk=case.pk).exists()
    assert services.claim_next(actor=actor) is None
    for refused in (
        lambda: services.claim(actor=actor, case=case),
        lambda: require_reviewer(actor, case),
    ):
        with pytest.raises(NotAllowed) as refusal:
            refused()
        assert refusal.value.code == code
        assert refusal.value.message == policies.RECUSALS[code]
    assert not Claim.objects.filter(case=case, reviewer=actor, ended_at=None).exists()


def test_own_work(video_maker, policy):
    owner = ReviewerFactory()
    is_kept_away(owner, submit(video_maker(owner=owner)), "own_work")


@pytest.mark.parametrize("kind", ["collaborator", "dispute", "declared"])
def test_a_declared_interest(case, reviewer, artist, kind):
    interest = services.declare_interest(actor=reviewer, reviewer=reviewer, artist=artist, kind=kind)
    is_kept_away(reviewer, case, "interest")
    assert not policies.visible_in_queue(reviewer).exists()
    services.end_interest(actor=reviewer, interest=interest)
    assert services.claim_next(actor=reviewer)[0].case_id == case.pk


def test_working_together_is_mutual(video_maker, policy):
    one, other = ReviewerFactory(), ReviewerFactory()
    services.declare_interest(actor=one, reviewer=one, artist=other, kind="collaborator")
    is_kept_away(other, submit(video_maker(owner=one)), "interest")


def test_an_interest_of_one_kind_or_person_touches_nobody_else(case, reviewer, colleague):
    services.declare_interest(actor=reviewer, reviewer=reviewer, artist=ParticipantFactory().user, kind="declared")
    services.declare_interest(actor=colleague, reviewer=colleague, artist=case.video.owner, kind="declared")
    assert services.claim_next(actor=reviewer)[0].case_id == case.pk


def test_an_earlier_dispute(case, reviewer, token, video_maker, artist):
    decision = decide(reviewer, case, token, "reject")
    appeal_of(decision)
    is_kept_away(reviewer, submit(video_maker(owner=artist)), "dispute")


def test_an_earlier_dispute_is_also_that_of_the_first_of_two(case, lead, colleague, video_maker, artist):
    ReviewCase.objects.filter(pk=case.pk).update(approvals_needed=2)
    for one in (lead, colleague):
        decision = decide(one, case, services.claim(actor=one, case=case)[1], "reject")
    appeal_of(decision)
    another = submit(video_maker(owner=artist))
    for one in (lead, colleague):
        is_kept_away(one, another, "dispute")
    third = ReviewerFactory()
    refusal = decide(third, another, services.claim(actor=third, case=another)[1], "reject")
    appeal = Appeal.objects.get(case=appeal_of(refusal))
    assert list(free_leads(appeal)) == []


def test_a_dispute_is_about_the_round_that_was_appealed(case, lead, reviewer, colleague, video_maker, artist):
    """What was said of the first round the artist answered: their appeal about the second is not against that."""
    ReviewCase.objects.filter(pk=case.pk).update(approvals_needed=2)
    for one in (lead, reviewer):
        decide(one, case, services.claim(actor=one, case=case)[1], "request_changes")
    services.answer(actor=artist, case=case, body="I cut it.")
    for one in (reviewer, colleague):
        refusal = decide(one, case, services.claim(actor=one, case=case)[1], "reject")
    assert policies.recusal_of(lead, appeal_of(refusal)) == "took_part", "they know the case all the same"
    another = submit(video_maker(owner=artist))
    assert [policies.recusal_of(one, another) for one in (reviewer, colleague)] == ["dispute", "dispute"]
    assert services.claim_next(actor=reviewer) is None
    assert policies.claimable_by(lead).filter(pk=another.pk).exists()
    third = ReviewerFactory()
    theirs = decide(third, another, services.claim(actor=third, case=another)[1], "reject")
    assert list(free_leads(Appeal.objects.get(case=appeal_of(theirs)))) == [lead]


def test_an_appeal_is_for_leads_who_took_no_part(case, lead, reviewer, video_maker, policy):
    _claim, token = services.claim(actor=lead, case=case)
    appeal = appeal_of(decide(lead, case, token, "reject"))
    is_kept_away(lead, appeal, "took_part")
    with pytest.raises(NotAllowed, match="A lead reviewer decides this case"):
        services.claim(actor=reviewer, case=appeal)
    assert services.claim_next(actor=reviewer) is None
    another = ReviewerFactory(staff_role=StaffRole.LEAD_REVIEWER)
    assert services.claim_next(actor=another)[0].case_id == appeal.pk


def test_whoever_gave_the_first_opinion_took_part_too(case, reviewer, lead, token, policy):
    services.release(actor=reviewer, case=case, token=token)
    claim, own = services.claim(actor=lead, case=case)
    Assessment.objects.create(case=case, claim=claim, reviewer=lead, opinion="reject", policy_version=policy)
    services.release(actor=lead, case=case, token=own)
    _claim, second = services.claim(actor=ReviewerFactory(), case=case)
    appeal = appeal_of(decide(_claim.reviewer, case, second, "reject"))
    is_kept_away(lead, appeal, "took_part")


def test_the_second_opinion_is_somebody_elses(case, reviewer, colleague, policy):
    claim, token = services.claim(actor=reviewer, case=case)
    Assessment.objects.create(case=case, claim=claim, reviewer=reviewer, opinion="approve", policy_version=policy)
    services.release(actor=reviewer, case=case, token=token)
    is_kept_away(reviewer, case, "assessed")
    assert services.claim_next(actor=colleague)[0].case_id == case.pk


def test_another_round_may_be_the_same_reviewers(case, reviewer, token, policy):
    claim = Claim.objects.get()
    Assessment.objects.create(case=case, claim=claim, reviewer=reviewer, opinion="approve", policy_version=policy)
    ReviewCase.objects.update(round=2)
    case.refresh_from_db()
    assert policies.recusal_of(reviewer, case) == ""


def test_an_interest_found_out_later_stops_the_decision(case, reviewer, token, artist):
    Interest.objects.create(reviewer=reviewer, artist=artist, kind="declared", declared_by=reviewer)
    with pytest.raises(NotAllowed, match="declared an interest"):
        decide(reviewer, case, token)
    assert services.release(actor=reviewer, case=case, token=token).state == CaseState.QUEUED


def test_declaring_ends_the_claims_on_that_artists_cases(case, reviewer, token, artist, colleague):
    services.declare_interest(actor=reviewer, reviewer=reviewer, artist=artist, kind="collaborator")
    assert not Claim.objects.filter(ended_at=None).exists()
    assert services.claim_next(actor=colleague)[0].case_id == case.pk
    actions = list(AuditEvent.objects.order_by("id").values_list("action", flat=True))
    assert actions[-3:] == ["review.case_recused", "review.interest_declared", "review.case_claimed"]


def test_whoever_holds_a_case_can_step_back_from_its_artist(case, reviewer, token, artist):
    interest = services.recuse(actor=reviewer, case=case, token=token, kind="collaborator")
    assert (interest.reviewer, interest.artist) == (reviewer, artist)
    is_kept_away(reviewer, ReviewCase.objects.get(), "interest")
    with pytest.raises(Conflict):
        services.recuse(actor=reviewer, case=case, token=token, kind="collaborator")


def test_everybody_speaks_for_themselves_and_leads_for_all(artist, reviewer, colleague, lead):
    for stranger in (colleague, artist):
        with pytest.raises(NotFound):
            services.declare_interest(actor=stranger, reviewer=reviewer, artist=artist, kind="declared")
    by_lead = services.declare_interest(actor=lead, reviewer=reviewer, artist=artist, kind="declared")
    with pytest.raises(NotFound):
        services.end_interest(actor=colleague, interest=by_lead)
    services.end_interest(actor=AdminFactory(), interest=by_lead)
    with pytest.raises(Conflict, match="ended already"):
        services.end_interest(actor=lead, interest=by_lead)


def test_bad_interests_are_refused_by_field(reviewer, artist):
    with pytest.raises(Invalid) as refusal:
        services.declare_interest(actor=reviewer, reviewer=reviewer, artist=reviewer, kind="rival")
    assert [error.field for error in refusal.value.fields] == ["kind", "artist"]
    services.declare_interest(actor=reviewer, reviewer=reviewer, artist=artist, kind="declared")
    with pytest.raises(Conflict, match="declared already"):
        services.declare_interest(actor=reviewer, reviewer=reviewer, artist=artist, kind="declared")


def test_what_was_escalated_is_for_leads(case, reviewer, lead):
    ReviewCase.objects.update(state="escalated", escalated_at=timezone.now())
    assert services.claim_next(actor=reviewer) is None
    with pytest.raises(NotAllowed, match="A lead reviewer decides"):
        services.claim(actor=reviewer, case=case)
    assert services.claim_next(actor=lead)[0].case_id == case.pk


def test_a_lead_who_is_one_no_more_does_not_decide_an_appeal(case, reviewer, token, lead):
    appeal = appeal_of(decide(reviewer, case, token, "reject"))
    services.claim(actor=lead, case=appeal)
    lead.staff_role = StaffRole.REVIEWER
    lead.save()
    with pytest.raises(NotAllowed, match="A lead reviewer decides"):
        require_reviewer(lead, appeal)
