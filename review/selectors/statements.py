"""Statements of reasons: what an artist is told of each decision against them, and can show to others.

Nothing of it is stored: it is read from the decision, its policy version and its comments, none of which change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from accounts.models import User
from common.clock import now
from review import deadlines
from review.models import Appeal, Comment, Decision, DecisionRendition
from review.rectangle import Rectangle, rectangle_of
from review.selectors.artist import Progress, progress_of
from review.selectors.comments import comments_for_artist
from review.states import ADVERSE, TAKE_DOWN_KINDS, AppealState, CaseKind, Outcome
from videos.models import Video
from videos.states import Enforcement

# Whose decisions can be against the artist in the first place; an appeal's outcome is told with what it is about.
STATED_KINDS = (CaseKind.SUBMISSION, CaseKind.RECHECK, *TAKE_DOWN_KINDS)


@dataclass(frozen=True, slots=True)
class Remark:
    """What was seen, when in the video, and perhaps in which part of the frame."""

    video: Video
    at_ms: int
    body: str
    rectangle: Rectangle | None = None

    @property
    def timecode(self) -> str:
        """As the reviewer and the player write it: "0:03.12" is the frame 12 of the second 3."""
        seconds, frame = divmod(round(self.at_ms * self.video.fps / 1000), self.video.fps)
        return f"{seconds // 60}:{seconds % 60:02}.{frame:02}"

    @property
    def seconds(self) -> str:
        return f"{self.at_ms / 1000:.3f}"

    @property
    def address_end(self) -> str:
        """What follows the address of the video's page, so that it opens at the moment with the part framed."""
        return f"?t={self.seconds}{self.rectangle.fragment if self.rectangle else ''}"


@dataclass(frozen=True, slots=True)
class AppealView:
    """An appeal as the artist follows it, with the reasons of its outcome; never who decided."""

    appeal: Appeal
    decision: Decision | None
    progress: Progress | None  # while it is pending

    @property
    def state(self) -> AppealState:
        return AppealState(self.appeal.state)


@dataclass(frozen=True, slots=True)
class Statement:
    """One decision against the artist, with all that they are owed about it."""

    decision: Decision
    video: Video
    facts: Sequence[Remark]
    appeal: AppealView | None
    is_superseded: bool

    @property
    def kind(self) -> CaseKind:
        return CaseKind(self.decision.case.kind)

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.decision.outcome)

    @property
    def is_take_down(self) -> bool:
        return self.kind in TAKE_DOWN_KINDS

    @property
    def is_overturned(self) -> bool:
        return self.appeal is not None and self.appeal.state == AppealState.OVERTURNED

    @property
    def appeal_until(self) -> datetime:
        """As it was promised with the decision."""
        until = self.decision.appeal_until
        assert until is not None  # noqa: S101  the database's constraint on what is against somebody
        return until

    @property
    def in_window(self) -> bool:
        return deadlines.is_open(self.appeal_until, now())

    @property
    def can_appeal(self) -> bool:
        """As far as the decision itself goes; the service also asks what else is open about the video."""
        return self.in_window and self.appeal is None and not self.is_superseded


def adverse_decisions(actor: User) -> QuerySet[Decision]:
    """The decisions against this artist's works, newest first; none of a golden case, and nobody else's."""
    return Decision.objects.filter(
        case__video__owner=actor, case__kind__in=STATED_KINDS, case__golden=None, outcome__in=sorted(ADVERSE)
    ).order_by("-id")


def statements(decisions: Iterable[Decision]) -> list[Statement]:
    """The statement of each decision, in their order. Five queries, and two while appeals are pending."""
    order = [decision.pk for decision in decisions]
    found = {decision.pk: decision for decision in _with_details(Decision.objects.filter(pk__in=order))}
    remarks: dict[tuple[UUID, int], list[Comment]] = {}
    for comment in comments_for_artist({decision.case for decision in found.values()}).select_related("video"):
        remarks.setdefault((comment.case_id, comment.round), []).append(comment)
    appeals = [found[pk].appeal for pk in order if hasattr(found[pk], "appeal")]
    progress = progress_of([appeal.case for appeal in appeals])
    return [_statement(found[pk], remarks, progress) for pk in order]


def statement_of(decision: Decision) -> Statement:
    """The statement of one decision."""
    return statements([decision])[0]


def latest_statement(video: Video) -> Statement | None:
    """Of the newest decision against this video, where that is the last word about it. Seven queries at most.

    Of a work that is down it is what keeps it down, whatever was decided about a submission since.
    """
    if video.enforcement == Enforcement.TAKEN_DOWN:
        taken = standing_take_downs(video).order_by("-id").first()
        return statement_of(taken) if taken else None
    about = Decision.objects.filter(renditions__rendition__video=video, case__kind__in=STATED_KINDS, case__golden=None)
    newest = about.order_by("-id").only("outcome").first()
    return statement_of(newest) if newest and newest.outcome in ADVERSE else None


def standing_take_downs(video: Video) -> QuerySet[Decision]:
    """The decisions that keep a work down: none that was overturned. One that was upheld is superseded, and stands."""
    taken = Decision.objects.filter(
        case__video=video, case__kind__in=TAKE_DOWN_KINDS, case__golden=None, outcome=Outcome.REJECT
    )
    return taken.exclude(superseded_by__outcome=Outcome.APPROVE)


def _with_details(decisions: QuerySet[Decision]) -> QuerySet[Decision]:
    """With all that a statement reads of a decision. Nobody who reviewed is among it."""
    files = DecisionRendition.objects.select_related("rendition__video")
    verdicts = Decision.objects.select_related("reason", "policy_version").defer("reviewer")
    return (
        decisions.select_related("case__video", "reason", "policy_version__policy", "superseded_by", "appeal__case")
        .defer("reviewer")
        .prefetch_related(
            Prefetch("renditions", files),
            Prefetch("case__decisions", Decision.objects.order_by("id").only("id", "case")),
            Prefetch("appeal__case__decisions", verdicts),
        )
    )


def _statement(
    decision: Decision,
    remarks: Mapping[tuple[UUID, int], Sequence[Comment]],
    progress: Mapping[UUID, Progress],
) -> Statement:
    # Each round of a case ends with one decision.
    rounds = [one.pk for one in decision.case.decisions.all()]
    comments = remarks.get((decision.case_id, rounds.index(decision.pk) + 1), [])
    shown = next(iter(decision.renditions.all()), None)
    appeal: Appeal | None = getattr(decision, "appeal", None)
    return Statement(
        decision=decision,
        # The case may be about another take by now: what was decided on is what was shown.
        video=shown.rendition.video if shown else decision.case.video,
        facts=[_remark(comment) for comment in comments],
        appeal=None if appeal is None else _appeal_view(appeal, progress),
        is_superseded=getattr(decision, "superseded_by", None) is not None,
    )


def _remark(comment: Comment) -> Remark:
    rectangle = rectangle_of((comment.left, comment.top, comment.width, comment.height))
    return Remark(comment.video, comment.at_ms, comment.body, rectangle)


def _appeal_view(appeal: Appeal, progress: Mapping[UUID, Progress]) -> AppealView:
    return AppealView(appeal, next(iter(appeal.case.decisions.all()), None), progress.get(appeal.case_id))
