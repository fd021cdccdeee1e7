"""What leads settle, as those who see to it need it: who may decide an appeal, and what waits for nobody."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.states import StaffRole
from review import policies
from review.models import Appeal, Assessment, Interest, ReviewCase, ReviewQueue
from review.states import AppealState, CaseKind, CaseState, InterestKind


def free_leads(appeal: Appeal) -> QuerySet[User]:
    """The leads who may decide this appeal: none who took part, and none who keeps away from this artist's work."""
    decision = appeal.decision
    leads = User.objects.filter(staff_role=StaffRole.LEAD_REVIEWER, is_active=True)
    assessed = Assessment.objects.filter(case=decision.case_id, reviewer=OuterRef("pk"))
    interest = Interest.objects.filter(ended_at=None)
    apart = Q(Exists(interest.filter(reviewer=OuterRef("pk"), artist=appeal.appellant_id))) | Q(
        Exists(interest.filter(reviewer=appeal.appellant_id, artist=OuterRef("pk"), kind=InterestKind.COLLABORATOR))
    )
    had_a_say = Assessment.objects.filter(
        case=OuterRef("decision__case"),
        round=OuterRef("decision__claim__assessment__round"),
        reviewer=OuterRef(OuterRef("pk")),
    )
    theirs = Q(decision__reviewer=OuterRef("pk")) | Q(decision__bulk_item__bulk__proposed_by=OuterRef("pk"))
    # As in `policies.recusals`.
    disputed = Appeal.objects.filter(theirs | Q(Exists(had_a_say)), appellant=appeal.appellant_id)
    return leads.exclude(pk__in=[decision.reviewer_id, appeal.appellant_id]).exclude(
        Exists(assessed) | apart | Exists(disputed)
    )


def pending_appeals() -> QuerySet[Appeal]:
    """Those that wait for a lead, the oldest first."""
    return Appeal.objects.filter(state=AppealState.PENDING).select_related("decision", "case").order_by("id")


def appeals_without_a_lead() -> list[Appeal]:
    """Those that nobody may decide as things are. One query more for each that waits: they are few."""
    return [appeal for appeal in pending_appeals() if not free_leads(appeal).exists()]


def escalated_without_anybody() -> QuerySet[ReviewCase]:
    """The escalated cases that nobody may decide as things are; one query more for all who could be asked.

    A sole lead who was one of the two that disagreed, say. Appeals are counted by themselves, golden cases not at all:
    nobody waits for them.
    """
    stuck = ReviewCase.objects.filter(state=CaseState.ESCALATED, golden=None).exclude(kind=CaseKind.APPEAL)
    specialists = Q(pk__in=ReviewQueue.members.through.objects.values("user"))
    who = Q(staff_role=StaffRole.LEAD_REVIEWER) | Q(specialists, staff_role=StaffRole.REVIEWER)
    for person in User.objects.filter(who, is_active=True):
        stuck = stuck.filter(policies.cannot_settle(person))
    return stuck
