"""What happened to a video on its way to an audience, as its owner may know it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from review.models import Answer, Appeal, Decision, ReviewCase
from review.selectors import PublicDecision
from review.selectors.artist import FOLLOWED_KINDS, as_public
from review.states import TAKE_DOWN_KINDS, AppealState, CaseKind, CaseState, Outcome
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


def timeline_of(video: Video) -> list[Event]:
    """Newest first. Five queries: cases, answers, decisions, appeals, shares."""
    events = [Event(video.created_at, _("Made, and private"), "private", "lock-closed")]
    events += _cases(video)
    events += _decisions(video)
    events += _appeals(video)
    for grant in ShareGrant.objects.filter(video=video).order_by("id"):
        events.append(Event(grant.created_at, _("Shared"), "shared", "link"))
        if grant.revoked_at:
            events.append(
                Event(grant.revoked_at, _("No longer shared"), "private", "link-slash", note=grant.revoked_reason)
            )
    return sorted(events, key=lambda event: event.at, reverse=True)


def _cases(video: Video) -> Iterable[Event]:
    """The submissions of this video, also where another take has taken its place since."""
    # One subquery: a join would give a case once for each of its answers.
    moved_on = Answer.objects.filter(video_before=video).values("case")
    cases = ReviewCase.objects.filter(
        Q(video=video) | Q(pk__in=moved_on), golden=None, kind__in=FOLLOWED_KINDS
    ).order_by("id")
    found = {case.pk: case for case in cases}
    began_with = {pk: case.video_id for pk, case in found.items()}
    for answer in reversed(Answer.objects.filter(case__in=found).order_by("id")):
        began_with[answer.case_id] = answer.video_before_id
        if video.pk in {answer.video_before_id, answer.video_after_id}:
            yield Event(answer.answered_at, _answered(answer, video), "review", "chat-bubble-left-right", answer.body)
    for case in found.values():
        if case.kind == CaseKind.SUBMISSION and began_with[case.pk] == video.pk:
            yield Event(case.opened_at, _("Submitted for sharing"), "review", "paper-airplane", note=case.note)
        if case.video_id != video.pk:
            continue
        if case.overdue_at:
            note = _("It went to the lead reviewers by itself.") if case.escalated_at else ""
            yield Event(case.due_at, _("The deadline passed"), "changes", "clock", note=note)
        if case.state == CaseState.WITHDRAWN and case.closed_at:
            yield Event(case.closed_at, _("Withdrawn by you"), "private", "arrow-uturn-left")


def _answered(answer: Answer, video: Video) -> str:
    if answer.video_before_id == answer.video_after_id:
        return _("You answered")
    if answer.video_before_id == video.pk:
        return _("You answered with another video")
    return _("You answered with this video")


def _decisions(video: Video) -> Iterable[Event]:
    """What was decided on files of this video. An appeal's outcome is told with the appeal."""
    about = Decision.objects.filter(
        renditions__rendition__video=video, case__golden=None, case__kind__in=(*FOLLOWED_KINDS, *TAKE_DOWN_KINDS)
    )
    found = about.select_related("reason", "policy_version", "case").defer("reviewer").distinct().order_by("id")
    for decision in found:
        if label := _label(decision):
            yield Event(decision.decided_at, *label, decision=as_public(decision))


def _label(decision: Decision) -> tuple[str, str, str] | None:
    """Label, tone and icon; a report that changed nothing, and a look that kept the approval, are no news."""
    outcome = Outcome(decision.outcome)
    if decision.case.kind in TAKE_DOWN_KINDS:
        return (_("Taken down"), "refused", "no-symbol") if outcome == Outcome.REJECT else None
    if decision.case.kind == CaseKind.RECHECK and outcome == Outcome.APPROVE:
        return None
    if decision.case.kind == CaseKind.RECHECK and outcome == Outcome.REJECT:
        return _("The approval was taken back"), "refused", "hand-raised"
    return {
        Outcome.APPROVE: (_("Approved"), "approved", "check-circle"),
        Outcome.REQUEST_CHANGES: (_("Changes requested"), "changes", "pencil-square"),
        Outcome.REJECT: (_("Refused"), "refused", "hand-raised"),
    }[outcome]


def _appeals(video: Video) -> Iterable[Event]:
    labels = {
        AppealState.UPHELD: (_("Appeal decided: the decision stands"), "refused"),
        AppealState.OVERTURNED: (_("Appeal decided: the decision is overturned"), "approved"),
        AppealState.EXPIRED: (_("The appeal ended"), "private"),
        AppealState.WITHDRAWN: (_("You withdrew the appeal"), "private"),
    }
    for appeal in Appeal.objects.filter(case__video=video).order_by("id"):
        yield Event(appeal.opened_at, _("You appealed"), "review", "scale", note=appeal.body)
        if appeal.closed_at:
            label, tone = labels[AppealState(appeal.state)]
            yield Event(appeal.closed_at, label, tone, "scale")
