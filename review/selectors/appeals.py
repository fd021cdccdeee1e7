"""Appeals as those who see to them need them: who may decide one, and which wait for nobody."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from accounts.states import StaffRole
from review.models import Appeal, Assessment, Interest
from review.states import AppealState, InterestKind


def free_leads(appeal: Appeal) -> QuerySet[User]:
    """The leads who may decide this appeal: none who took part, and none who keeps away from this artist's work."""
    decision = appeal.decision
    leads = User.objects.filter(staff_role=StaffRole.LEAD_REVIEWER, is_active=True)
    assessed = Assessment.objects.filter(case=decision.case_id, reviewer=OuterRef("pk"))
    interest = Interest.objects.filter(ended_at=None)
    apart = Q(Exists(interest.filter(reviewer=OuterRef("pk"), artist=appeal.appellant_id))) | Q(
        Exists(interest.filter(reviewer=appeal.appellant_id, artist=OuterRef("pk"), kind=InterestKind.COLLABORATOR))
    )
    disputed = Appeal.objects.filter(decision__reviewer=OuterRef("pk"), appellant=appeal.appellant_id)
    return leads.exclude(pk__in=[decision.reviewer_id, appeal.appellant_id]).exclude(
        Exists(assessed) | apart | Exists(disputed)
    )


def pending_appeals() -> QuerySet[Appeal]:
    """Those that wait for a lead, the oldest first."""
    return Appeal.objects.filter(state=AppealState.PENDING).select_related("decision", "case").order_by("id")


def appeals_without_a_lead() -> list[Appeal]:
    """Those that nobody may decide as things are. One query more for each that waits: they are few."""
    return [appeal for appeal in pending_appeals() if not free_leads(appeal).exists()]
