"""What an artist and the review say to each other about one case."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from review.models import Answer, Decision, ReviewCase
from review.states import OPEN_STATES, CaseKind, CaseState, Outcome
from videos.models import Video
from videos.states import Enforcement

# More than anybody wants to choose from; the API takes any.
MOST_CHOICES = 50


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A request for changes that the artist has not answered yet, and what may take the video's place."""

    case: ReviewCase
    decision: Decision
    replacements: list[Video]


def open_question(video: Video) -> OpenQuestion | None:
    """The request for changes that stands open on the video's latest case. Three queries at most."""
    if video.enforcement != Enforcement.PRIVATE:
        return None
    cases = ReviewCase.objects.filter(video=video, kind=CaseKind.SUBMISSION, golden=None).order_by("-id")
    case = cases.prefetch_related(Prefetch("decisions", _decisions())).first()
    if case is None or case.state != CaseState.DECIDED:
        return None
    decision = max(case.decisions.all(), key=lambda one: one.pk, default=None)
    if decision is None or decision.outcome != Outcome.REQUEST_CHANGES:
        return None
    return OpenQuestion(case, decision, list(replacements_for(video)[:MOST_CHOICES]))


def replacements_for(video: Video) -> QuerySet[Video]:
    """The owner's other private videos that no case is about, newest first."""
    open_cases = ReviewCase.objects.filter(video=OuterRef("pk"), golden=None, state__in=OPEN_STATES)
    mine = Video.objects.filter(~Exists(open_cases), owner=video.owner_id, enforcement=Enforcement.PRIVATE)
    return mine.exclude(pk=video.pk).select_related("generation").order_by("-id")


def answers_of(case: ReviewCase) -> list[Answer]:
    """What the artist answered in this case, round by round. One query."""
    return list(case.answers.select_related("decision", "video_before", "video_after").order_by("id"))


def moved_on_from(video: Video) -> list[Answer]:
    """The answers that put another video in this one's place. One query."""
    answers = Answer.objects.filter(video_before=video).exclude(video_after=video)
    return list(answers.select_related("case", "decision__reason", "decision__policy_version", "video_after"))


def _decisions() -> QuerySet[Decision]:
    return Decision.objects.select_related("reason", "policy_version").defer("reviewer")
