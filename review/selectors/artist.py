"""What an artist sees of the review of their work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery, prefetch_related_objects

from review.models import Decision, ReviewCase
from review.states import OPEN_STATES, CaseState, Outcome
from videos.models import Video
from videos.states import Enforcement


@dataclass(frozen=True, slots=True)
class PublicDecision:
    """A decision as the artist reads it: never who decided, nor what reviewers say among themselves."""

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


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a video is on its way to being shareable, in the artist's eyes."""

    case: ReviewCase | None  # the latest submission
    state: CaseState | None
    place: int | None  # in the queue, from 1; None unless it waits there
    waiting_since: datetime | None
    decision: PublicDecision | None  # of the latest case that was decided
    can_submit: bool
    can_withdraw: bool


@dataclass(frozen=True, slots=True)
class Submission:
    """A case as the artist sees it."""

    case: ReviewCase
    place: int | None
    decision: PublicDecision | None


def submissions(cases: QuerySet[ReviewCase] | Sequence[ReviewCase]) -> list[Submission]:
    """The artist's view of each case, in two queries more than the cases themselves."""
    cases = list(cases)
    prefetch_related_objects(cases, Prefetch("decisions", _decisions_for_the_artist()))
    places = places_of(case.pk for case in cases if case.state == CaseState.QUEUED)
    return [Submission(case, places.get(case.pk), public_decision(case)) for case in cases]


def standing_of(video: Video) -> Standing:
    """The standing of one video. Three queries."""
    return standings_of([video])[video.pk]


def standings_of(videos: Iterable[Video]) -> dict[UUID, Standing]:
    """The standing of each video, in three queries however many they are."""
    videos = list(videos)
    by_video: dict[UUID, list[ReviewCase]] = {video.pk: [] for video in videos}
    cases = ReviewCase.objects.filter(video__in=by_video, golden=None).order_by("-id")
    for case in cases.prefetch_related(Prefetch("decisions", _decisions_for_the_artist())):
        by_video[case.video_id].append(case)
    waiting = [case.pk for cases_of in by_video.values() for case in cases_of if case.state == CaseState.QUEUED]
    places = places_of(waiting)
    return {video.pk: _standing(video, by_video[video.pk], places) for video in videos}


def places_of(cases: Iterable[UUID]) -> dict[UUID, int]:
    """The place of each queued case, counted from 1 for the one that is next."""
    if not (cases := list(cases)):
        return {}
    queued = ReviewCase.objects.filter(state=CaseState.QUEUED)
    up_to_here = queued.filter(pk__lte=OuterRef("pk")).order_by().values("state").annotate(count=Count("pk"))
    placed = queued.filter(pk__in=cases).annotate(place=Subquery(up_to_here.values("count")))
    return dict(placed.values_list("pk", "place"))


def _decisions_for_the_artist() -> QuerySet[Decision]:
    return Decision.objects.select_related("reason", "policy_version").defer("reviewer")


def public_decision(case: ReviewCase) -> PublicDecision | None:
    """The case's decision for the artist; reads the prefetched `decisions`."""
    decision = max(case.decisions.all(), key=lambda one: one.pk, default=None)
    if decision is None:
        return None
    reason = decision.reason
    return PublicDecision(
        outcome=Outcome(decision.outcome),
        reason_code=reason.code if reason else "",
        reason_label=reason.label if reason else "",
        reason_description=reason.description if reason else "",
        message=decision.artist_message,
        policy_version=decision.policy_version.number,
        decided_at=decision.decided_at,
    )


def _standing(video: Video, newest_first: Sequence[ReviewCase], places: dict[UUID, int]) -> Standing:
    latest = newest_first[0] if newest_first else None
    is_open = latest is not None and latest.state in OPEN_STATES
    decision = next((found for case in newest_first if (found := public_decision(case))), None)
    return Standing(
        case=latest,
        state=CaseState(latest.state) if latest else None,
        place=places.get(latest.pk) if latest else None,
        waiting_since=latest.opened_at if latest and is_open else None,
        decision=decision,
        can_submit=not is_open and video.enforcement == Enforcement.PRIVATE,
        can_withdraw=is_open,
    )
