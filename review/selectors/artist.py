"""What an artist sees of the review of their work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max, Prefetch, QuerySet, prefetch_related_objects

from common.clock import now
from review import status
from review.models import Appeal, Decision, ReviewCase
from review.selectors.figures import Wait, decision_times, wait_left
from review.states import ADVERSE, OPEN_STATES, CaseKind, CaseState, Outcome
from videos.models import Video
from videos.states import Enforcement

# The cases that are the artist's to follow; a report is the public's, and an appeal is shown beside its decision.
FOLLOWED_KINDS = (CaseKind.SUBMISSION, CaseKind.RECHECK)
# A place is told among so many, which one look at the queue's index gives; beyond it says less than it costs.
PLACES = 200
IN_LINE = (CaseState.QUEUED, CaseState.AWAITING_SECOND)


@dataclass(frozen=True, slots=True)
class PublicDecision:
    """A decision as the artist reads it: never who decided, nor what reviewers say among themselves."""

    id: UUID
    outcome: Outcome
    reason_code: str
    reason_label: str
    reason_description: str
    message: str
    policy_version: int
    decided_at: datetime

    @property
    def label(self) -> str:
        return str(self.outcome.label)

    @property
    def has_statement(self) -> bool:
        return self.outcome in ADVERSE


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an open case stands. `place` counts from 1; None beyond `PLACES`, and where nobody stands in line."""

    place: int | None
    is_beyond: bool
    since: datetime
    wait: Wait | None
    due_at: datetime
    facts: status.Facts

    @property
    def where(self) -> str:
        return status.where(self.facts)

    @property
    def after_deadline(self) -> str:
        return status.after_deadline(self.facts)

    @property
    def beyond(self) -> int | None:
        """How many stand before it at least, where the place itself is not counted."""
        return PLACES if self.is_beyond else None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a video is on its way to being shareable, in the artist's eyes."""

    case: ReviewCase | None  # the latest submission
    state: CaseState | None
    progress: Progress | None  # of that case, while it is open
    decision: PublicDecision | None  # of the latest case that was decided
    appeal: Appeal | None  # the latest one about the video
    appeal_progress: Progress | None
    can_submit: bool
    can_withdraw: bool

    @property
    def place(self) -> int | None:
        """In the queue, from 1."""
        return self.progress.place if self.progress else None

    @property
    def waiting_since(self) -> datetime | None:
        return self.progress.since if self.progress else None


@dataclass(frozen=True, slots=True)
class Submission:
    """A case as the artist sees it."""

    case: ReviewCase
    progress: Progress | None
    decision: PublicDecision | None

    @property
    def place(self) -> int | None:
        return self.progress.place if self.progress else None


def submissions(cases: QuerySet[ReviewCase] | Sequence[ReviewCase]) -> list[Submission]:
    """The artist's view of each case, in a constant number of queries more than the cases themselves."""
    cases = list(cases)
    prefetch_related_objects(cases, Prefetch("decisions", _decisions_for_the_artist()))
    found = progress_of(cases)
    return [Submission(case, found.get(case.pk), public_decision(case)) for case in cases]


def standing_of(video: Video) -> Standing:
    """The standing of one video."""
    return standings_of([video])[video.pk]


def standings_of(videos: Iterable[Video]) -> dict[UUID, Standing]:
    """The standing of each video: three queries, and three more while anything is open, however many they are."""
    videos = list(videos)
    by_video: dict[UUID, list[ReviewCase]] = {video.pk: [] for video in videos}
    cases = ReviewCase.objects.filter(
        video__in=by_video, golden=None, kind__in=(*FOLLOWED_KINDS, CaseKind.APPEAL)
    ).order_by("-id")
    found = list(cases.prefetch_related(Prefetch("decisions", _decisions_for_the_artist())).select_related("appeal"))
    for case in found:
        by_video[case.video_id].append(case)
    progress = progress_of(found)
    return {video.pk: _standing(video, by_video[video.pk], progress) for video in videos}


def progress_of(cases: Sequence[ReviewCase]) -> dict[UUID, Progress]:
    """Where each open case stands; closed ones are left out. Up to four queries, none when nothing is open."""
    open_cases = [case for case in cases if case.state in OPEN_STATES]
    if not open_cases:
        return {}
    moment = now()
    places = places_of(case.pk for case in open_cases if case.state in IN_LINE)
    times = {kind: decision_times(CaseKind(kind)) for kind in {case.kind for case in open_cases}}
    again = _answered([case for case in open_cases if case.round > 1])
    return {
        case.pk: _progress(case, again.get(case.pk, case.opened_at), moment, places, times[case.kind])
        for case in open_cases
    }


def places_of(cases: Iterable[UUID]) -> dict[UUID, int]:
    """The place of each case that stands in line, counted from 1 in its own queue, among the first `PLACES` of all.

    Appeals stand in a line of their own, since leads alone decide them. One look at the head of the queue's index,
    however many cases wait behind it.
    """
    if not (wanted := set(cases)):
        return {}
    head = ReviewCase.objects.filter(state__in=IN_LINE, golden=None).order_by("due_at", "id")
    seen: dict[tuple[UUID | None, bool], int] = {}
    places = {}
    for pk, queue, kind in head.values_list("pk", "queue", "kind")[:PLACES]:
        line = (queue, kind == CaseKind.APPEAL)
        seen[line] = seen.get(line, 0) + 1
        if pk in wanted:
            places[pk] = seen[line]
    return places


def public_decision(case: ReviewCase) -> PublicDecision | None:
    """The case's latest decision for the artist; reads the prefetched `decisions`."""
    decision = max(case.decisions.all(), key=lambda one: one.pk, default=None)
    return None if decision is None else as_public(decision)


def as_public(decision: Decision) -> PublicDecision:
    """One decision without who made it; reads `reason` and `policy_version`."""
    reason = decision.reason
    return PublicDecision(
        id=decision.pk,
        outcome=Outcome(decision.outcome),
        reason_code=reason.code if reason else "",
        reason_label=reason.label if reason else "",
        reason_description=reason.description if reason else "",
        message=decision.artist_message,
        policy_version=decision.policy_version.number,
        decided_at=decision.decided_at,
    )


def _decisions_for_the_artist() -> QuerySet[Decision]:
    return Decision.objects.select_related("reason", "policy_version").defer("reviewer")


def _answered(cases: Sequence[ReviewCase]) -> dict[UUID, datetime]:
    """Since when a case of a later round waits: the artist's own time is no part of it."""
    if not cases:
        return {}
    rows = ReviewCase.objects.filter(pk__in=[case.pk for case in cases]).annotate(again=Max("answers__answered_at"))
    return {pk: again for pk, again in rows.values_list("pk", "again") if again}


def _progress(
    case: ReviewCase, since: datetime, moment: datetime, places: dict[UUID, int], times: list[float]
) -> Progress:
    place = places.get(case.pk)
    facts = status.Facts(
        kind=CaseKind(case.kind),
        state=CaseState(case.state),
        two_persons=case.approvals_needed > 1,
        is_escalated=case.escalated_at is not None,
        is_overdue=case.overdue_at is not None,
        held_until=case.held_until if case.held_until and case.held_until > moment and not case.overdue_at else None,
    )
    return Progress(
        place=None if facts.held_until else place,
        is_beyond=case.state in IN_LINE and place is None and facts.held_until is None,
        since=since,
        wait=None if facts.held_until else wait_left(times, (moment - since).total_seconds()),
        due_at=case.due_at,
        facts=facts,
    )


def _standing(video: Video, newest_first: Sequence[ReviewCase], progress: dict[UUID, Progress]) -> Standing:
    followed = [case for case in newest_first if case.kind in FOLLOWED_KINDS]
    appealed = next((case for case in newest_first if case.kind == CaseKind.APPEAL), None)
    latest = followed[0] if followed else None
    is_open = any(case.state in OPEN_STATES for case in newest_first)
    appeal: Appeal | None = getattr(appealed, "appeal", None)
    return Standing(
        case=latest,
        state=CaseState(latest.state) if latest else None,
        progress=progress.get(latest.pk) if latest else None,
        decision=next((found for case in followed if (found := public_decision(case))), None),
        appeal=appeal,
        appeal_progress=progress.get(appealed.pk) if appealed else None,
        can_submit=not is_open and video.enforcement == Enforcement.PRIVATE,
        can_withdraw=latest is not None and latest.kind == CaseKind.SUBMISSION and latest.state in OPEN_STATES,
    )
