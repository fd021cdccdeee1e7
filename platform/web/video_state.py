"""The one word for a video, computed from its three states each time it is shown and stored nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from review.models import Decision, ReviewCase
from review.states import OPEN_STATES, CaseKind, Outcome
from videos.models import Approval, Video
from videos.selectors import live_grants
from videos.states import Enforcement


class VideoState(Enum):
    """What the chip says: word, tone (its colour) and icon."""

    PRIVATE = (_("Private"), "private", "lock-closed")
    IN_REVIEW = (_("In review"), "review", "eye")
    CHANGES_REQUESTED = (_("Changes requested"), "changes", "pencil-square")
    REFUSED = (_("Refused"), "refused", "hand-raised")
    APPROVED = (_("Approved"), "approved", "check-circle")
    SHARED = (_("Shared"), "shared", "link")
    SUSPENDED = (_("Suspended"), "changes", "pause-circle")
    UNDER_APPEAL = (_("Under appeal"), "review", "scale")
    TAKEN_DOWN = (_("Taken down"), "refused", "no-symbol")

    def __init__(self, label: Promise, tone: str, icon: str) -> None:
        self.label = label
        self.tone = tone
        self.icon = icon


def states_of(videos: Iterable[UUID]) -> dict[UUID, VideoState]:
    """The word for each of these videos, in one query."""
    ids = list(videos)
    if not ids:
        return {}
    cases = ReviewCase.objects.filter(video=OuterRef("pk"), golden=None).order_by("-id")
    submissions = cases.filter(kind__in=(CaseKind.SUBMISSION, CaseKind.RECHECK))
    decisions = Decision.objects.filter(case__video=OuterRef("pk"), case=OuterRef("latest_case")).order_by("-id")
    rows = (
        Video.objects.filter(pk__in=ids)
        .annotate(
            latest_case=Subquery(submissions.values("pk")[:1]),
            in_review=Exists(submissions.filter(state__in=OPEN_STATES)),
            appealed=Exists(cases.filter(kind=CaseKind.APPEAL, state__in=OPEN_STATES)),
            approved=Exists(Approval.objects.filter(video=OuterRef("pk"), voided_at=None)),
            shared=Exists(live_grants().filter(video=OuterRef("pk"))),
        )
        .annotate(outcome=Subquery(decisions.values("outcome")[:1]))
        .values("pk", "enforcement", "in_review", "appealed", "approved", "shared", "outcome")
    )
    return {row["pk"]: _state(row) for row in rows}


def state_of(video: Video) -> VideoState:
    """The word for one video."""
    return states_of([video.pk])[video.pk]


def _state(row: Mapping[str, Any]) -> VideoState:
    if row["enforcement"] == Enforcement.TAKEN_DOWN:
        return VideoState.TAKEN_DOWN
    if row["enforcement"] == Enforcement.SUSPENDED:
        return VideoState.SUSPENDED
    if row["shared"]:
        return VideoState.SHARED
    if row["in_review"]:
        return VideoState.IN_REVIEW
    if row["approved"]:
        return VideoState.APPROVED
    if row["appealed"]:
        return VideoState.UNDER_APPEAL
    after = {Outcome.REQUEST_CHANGES: VideoState.CHANGES_REQUESTED, Outcome.REJECT: VideoState.REFUSED}
    return after.get(row["outcome"], VideoState.PRIVATE)
