"""Reports: what the desk reads of them, and what a reporter learns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.errors import NotFound
from review.models import Decision, Report, ReviewCase
from review.states import CaseKind, CaseState, Outcome, ReportCategory
from review.tokens import sha256_of


@dataclass(frozen=True, slots=True)
class ReportOutcome:
    """What a reporter learns: never who decided, who made the work, nor what was written to them."""

    state: str  # received, looked_at, stays, taken_down, restored
    category: str
    received_at: datetime
    decided_at: datetime | None
    rule: str  # label and description of the public rule, when something was taken down

    @property
    def received_on(self) -> str:
        return date_format(timezone.localtime(self.received_at), "j F Y")

    @property
    def is_decided(self) -> bool:
        return self.decided_at is not None

    @property
    def sentence(self) -> str:
        return {
            "received": _("It waits for a reviewer, who will watch the work and decide."),
            "looked_at": _("A reviewer is watching the work now."),
            "stays": _("The reviewer found that the work keeps to the programme's rules. It stays where it is."),
            "taken_down": _("The reviewer found that it breaks the rule below: the work has been taken down."),
            "restored": _(
                "The work was taken down. Its artist appealed, and another reviewer found that it keeps to the "
                "programme's rules: it may be shared again."
            ),
        }[self.state]


def reports_of(case: ReviewCase) -> list[Report]:
    """What the public says about the work, oldest first, for whoever decides. One query."""
    return list(
        Report.objects.filter(case=case).select_related("case__video").defer("email", "token_sha256").order_by("id")
    )


def report_behind(token: str) -> Report:
    """The report whose outcome has this address, or NotFound."""
    found = Report.objects.select_related("case").filter(token_sha256=sha256_of(token)).first()
    if found is None:
        raise NotFound
    return found


def outcome_of(report: Report) -> ReportOutcome:
    """Where a report stands. One query once it is decided."""
    decision = None
    if report.case.state == CaseState.DECIDED:
        made = Decision.objects.filter(case=report.case_id).defer("reviewer")
        decision = made.select_related("reason", "superseded_by__case").order_by("-id").first()
    reason = decision.reason if decision else None
    return ReportOutcome(
        state=_state(report.case, decision),
        category=str(ReportCategory(report.category).label),
        received_at=report.created_at,
        decided_at=decision.decided_at if decision else None,
        rule=f"{reason.label}. {reason.description}" if reason else "",
    )


def _state(case: ReviewCase, decision: Decision | None) -> str:
    if decision is None:
        return "looked_at" if case.state == CaseState.CLAIMED else "received"
    if decision.outcome == Outcome.APPROVE:
        return "stays"
    later: Decision | None = getattr(decision, "superseded_by", None)
    is_overturned = later is not None and later.case.kind == CaseKind.APPEAL and later.outcome == Outcome.APPROVE
    return "restored" if is_overturned else "taken_down"
