"""What happened to a video on its way to an audience, as its owner may know it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from review.models import Decision, ReviewCase
from review.selectors import PublicDecision, public_decision
from review.states import CaseState, Outcome
from videos.models import ShareGrant, Video


@dataclass(frozen=True, slots=True)
class Event:
    """One entry, with what was said then."""

    at: datetime
    label: str
    tone: str
    icon: str
    note: str = ""
    decision: PublicDecision | None = None


DECIDED = {
    Outcome.APPROVE: ("approved", "check-circle"),
    Outcome.REQUEST_CHANGES: ("changes", "pencil-square"),
    Outcome.REJECT: ("refused", "hand-raised"),
}


def timeline_of(video: Video) -> list[Event]:
    """Newest first. Three queries: cases, their decisions, shares."""
    events = [Event(video.created_at, _("Made, and private"), "private", "lock-closed")]
    decisions = Decision.objects.select_related("reason", "policy_version").defer("reviewer")
    cases = ReviewCase.objects.filter(video=video).order_by("id")
    for case in cases.prefetch_related(Prefetch("decisions", decisions)):
        events += _of_case(case)
    for grant in ShareGrant.objects.filter(video=video).order_by("id"):
        events.append(Event(grant.created_at, _("Shared"), "shared", "link"))
        if grant.revoked_at:
            events.append(
                Event(grant.revoked_at, _("No longer shared"), "private", "link-slash", note=grant.revoked_reason)
            )
    return sorted(events, key=lambda event: event.at, reverse=True)


def _of_case(case: ReviewCase) -> list[Event]:
    events = [Event(case.opened_at, _("Submitted for sharing"), "review", "paper-airplane", note=case.note)]
    if case.state == CaseState.WITHDRAWN and case.closed_at:
        events.append(Event(case.closed_at, _("Withdrawn by you"), "private", "arrow-uturn-left"))
    if decision := public_decision(case):
        tone, icon = DECIDED[decision.outcome]
        label = {
            Outcome.APPROVE: _("Approved"),
            Outcome.REQUEST_CHANGES: _("Changes requested"),
            Outcome.REJECT: _("Refused"),
        }[decision.outcome]
        events.append(Event(decision.decided_at, label, tone, icon, decision=decision))
    return events
