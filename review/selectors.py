"""What pages and the API read of a review. Each function asks a constant number of queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TypedDict
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, prefetch_related_objects
from django.utils.module_loading import import_string

from accounts.models import User
from common.clock import now
from review import policies
from review.models import Claim, Decision, InternalNote, PolicyVersion, ReviewCase
from review.states import OPEN_STATES, CaseState, Outcome
from review.tokens import sha256_of
from videos.models import Rendition, Video
from videos.states import SHOWN_KINDS, Enforcement, RenditionKind

SHARING = "sharing"
# More than a reviewer scrolls through; the counts above the table speak of all.
QUEUE_ROWS = 50


class Fact(TypedDict):
    """One line about how a video was made, from an app that review does not know (`REVIEW_CASE_FACTS`)."""

    key: str
    label: str
    value: str


# --- Policy ------------------------------------------------------------------------------------------------------


def current_policy(slug: str = SHARING) -> PolicyVersion | None:
    """The version in force at this moment, with its reason codes."""
    versions = PolicyVersion.objects.filter(policy__slug=slug, effective_at__lte=now())
    newest_first = versions.order_by("-effective_at", "-number")
    return newest_first.select_related("policy").prefetch_related("reason_codes").first()


# --- The desk ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Queue:
    """The desk at one moment, as one reviewer sees it."""

    cases: Sequence[ReviewCase]
    waiting: int
    being_reviewed: int
    oldest_opened_at: datetime | None
    decided_today: int
    my_claims: Sequence[Claim]

    @property
    def hidden(self) -> int:
        """Open cases beyond the rows of the table."""
        return max(0, self.waiting + self.being_reviewed - len(self.cases))


def open_cases(reviewer: User) -> QuerySet[ReviewCase]:
    """Rows for the queue, without anything of their content: `share_copy_size` and `mine` are annotated."""
    cases = policies.visible_in_queue(reviewer).filter(state__in=OPEN_STATES).select_related("video")
    live = Q(claims__reviewer=reviewer, claims__ended_at=None, claims__expires_at__gt=now())
    return cases.annotate(
        share_copy_size=Min("video__renditions__size", filter=Q(video__renditions__kind=RenditionKind.SHARE_COPY)),
        mine=Count("claims", filter=live, distinct=True),
    ).defer("note")


def queue(reviewer: User) -> Queue:
    """The reviewer's desk. Four queries: rows, counts, own claims, own decisions of today."""
    moment = now()
    known = policies.visible_in_queue(reviewer)
    counts = known.filter(state__in=OPEN_STATES).aggregate(
        waiting=Count("pk", filter=Q(state=CaseState.QUEUED)),
        claimed=Count("pk", filter=~Q(state=CaseState.QUEUED)),
        oldest=Min("opened_at", filter=Q(state=CaseState.QUEUED)),
    )
    return Queue(
        cases=list(open_cases(reviewer).order_by("id")[:QUEUE_ROWS]),
        waiting=counts["waiting"],
        being_reviewed=counts["claimed"],
        oldest_opened_at=counts["oldest"],
        decided_today=Decision.objects.filter(reviewer=reviewer, decided_at__date=moment.date()).count(),
        my_claims=list(policies.held_by(reviewer).select_related("case__video").order_by("expires_at")),
    )


def live_claim(*, case: ReviewCase, reviewer: User, token: str) -> Claim | None:
    """The reviewer's claim on this case, if it is alive and this token is its own."""
    return policies.held_by(reviewer).filter(case=case, token_sha256=sha256_of(token)).first()


def shown_renditions(video: Video) -> list[Rendition]:
    """What a reviewer watches, and what a decision names: never the original."""
    return list(video.renditions.current().filter(kind__in=SHOWN_KINDS).order_by("kind"))


@dataclass(frozen=True, slots=True)
class CaseView:
    """All that a reviewer with a live claim sees."""

    case: ReviewCase
    renditions: Sequence[Rendition]
    facts: Sequence[Fact]
    earlier: Sequence[ReviewCase]
    notes: Sequence[InternalNote]
    policy: PolicyVersion | None

    @property
    def prompt(self) -> str:
        """The fact that stands alone on the page."""
        return next((fact["value"] for fact in self.facts if fact["key"] == "prompt"), "")

    @property
    def settings(self) -> list[Fact]:
        return [fact for fact in self.facts if fact["key"] != "prompt"]

    @property
    def shown(self) -> dict[str, str]:
        """Kind and SHA-256 of each file on the page, to be sent back with the decision."""
        return {rendition.kind: rendition.sha256 for rendition in self.renditions}

    def has(self, kind: RenditionKind) -> bool:
        return any(rendition.kind == kind for rendition in self.renditions)

    @property
    def captions(self) -> Rendition | None:
        return next((one for one in self.renditions if one.kind == RenditionKind.CAPTIONS), None)

    @property
    def has_storyboard(self) -> bool:
        return self.has(RenditionKind.STORYBOARD)

    @property
    def has_poster(self) -> bool:
        return self.has(RenditionKind.POSTER)


def case_view(case: ReviewCase) -> CaseView:
    """A case with its content and the video's history. Call it for the holder of a live claim only."""
    decisions = Decision.objects.select_related("reason", "reviewer", "policy_version")
    earlier = ReviewCase.objects.filter(video=case.video_id).exclude(pk=case.pk).order_by("-id")
    return CaseView(
        case=case,
        renditions=shown_renditions(case.video),
        facts=case_facts(case.video),
        earlier=list(earlier.prefetch_related(Prefetch("decisions", decisions))),
        notes=list(InternalNote.objects.filter(case__video=case.video_id).select_related("author")),
        policy=current_policy(),
    )


def case_facts(video: Video) -> list[Fact]:
    """How the video was made, from every app that has something to say of it."""
    return [fact for provider in _providers(tuple(settings.REVIEW_CASE_FACTS)) for fact in provider(video)]


@cache
def _providers(paths: tuple[str, ...]) -> tuple[Callable[[Video], list[Fact]], ...]:
    return tuple(import_string(path) for path in paths)


# --- The artist --------------------------------------------------------------------------------------------------


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
    cases = ReviewCase.objects.filter(video__in=by_video).order_by("-id")
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
