"""Statements of reasons: what an artist is told of each decision against them, and can show to others.

Nothing of it is stored: it is read from the decision, its policy version and its comments, none of which change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from accounts.models import User
from common.clock import now
from review import deadlines
from review.models import Appeal, Comment, Decision, DecisionRendition
from review.selectors.comments import comments_for_artist
from review.selectors.rules import review_rules
from review.states import ADVERSE, AppealState, CaseKind, Outcome
from videos.models import Video

# Whose decisions can be against the artist in the first place; an appeal's outcome is told with what it is about.
STATED_KINDS = (CaseKind.SUBMISSION, CaseKind.RECHECK, CaseKind.REPORT)


@dataclass(frozen=True, slots=True)
class Remark:
    """What was seen, and when in the video."""

    video_id: UUID
    at_ms: int
    body: str

    @property
    def timecode(self) -> str:
        """Minutes, seconds, hundredths: "0:03.25"."""
        minutes, rest = divmod(self.at_ms, 60_000)
        return f"{minutes}:{rest // 1000:02}.{rest % 1000 // 10:02}"

    @property
    def seconds(self) -> str:
        return f"{self.at_ms / 1000:.3f}"


@dataclass(frozen=True, slots=True)
class AppealView:
    """An appeal as the artist follows it, with the reasons of its outcome; never who decided."""

    appeal: Appeal
    decision: Decision | None

    @property
    def state(self) -> AppealState:
        return AppealState(self.appeal.state)


@dataclass(frozen=True, slots=True)
class Statement:
    """One decision against the artist, with all that they are owed about it."""

    decision: Decision
    video: Video
    facts: Sequence[Remark]
    appeal_until: datetime
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
        return self.kind == CaseKind.REPORT

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


def statements(decisions: QuerySet[Decision] | Iterable[Decision]) -> list[Statement]:
    """The statement of each decision, in a constant number of queries."""
    found = list(_with_details(decisions) if isinstance(decisions, QuerySet) else decisions)
    prefetch_related_objects(found, *_details())
    days = review_rules().appeal_days
    remarks: dict[tuple[UUID, int], list[Comment]] = {}
    for comment in comments_for_artist({decision.case for decision in found}):
        remarks.setdefault((comment.case_id, comment.round), []).append(comment)
    return [_statement(decision, remarks, days) for decision in found]


def statement_of(decision: Decision) -> Statement:
    """The statement of one decision."""
    return statements([decision])[0]


def _with_details(decisions: QuerySet[Decision]) -> QuerySet[Decision]:
    return decisions.defer("reviewer")


def _details() -> list[Prefetch | str]:
    """What a statement reads of a decision beside itself. Nobody who reviewed is among it."""
    files = DecisionRendition.objects.select_related("rendition__video")
    verdicts = Decision.objects.select_related("reason", "policy_version").defer("reviewer")
    return [
        "case__video",
        Prefetch("case__decisions", Decision.objects.order_by("id").only("id", "case")),
        "reason",
        "policy_version__policy",
        Prefetch("renditions", files),
        "superseded_by",
        Prefetch("appeal", Appeal.objects.select_related("case")),
        Prefetch("appeal__case__decisions", verdicts),
    ]


def _statement(decision: Decision, remarks: Mapping[tuple[UUID, int], Sequence[Comment]], days: int) -> Statement:
    # Each round of a case ends with one decision.
    rounds = [one.pk for one in decision.case.decisions.all()]
    comments = remarks.get((decision.case_id, rounds.index(decision.pk) + 1), [])
    shown = next(iter(decision.renditions.all()), None)
    appeal: Appeal | None = getattr(decision, "appeal", None)
    return Statement(
        decision=decision,
        # The case may be about another take by now: what was decided on is what was shown.
        video=shown.rendition.video if shown else decision.case.video,
        facts=[Remark(comment.video_id, comment.at_ms, comment.body) for comment in comments],
        appeal_until=deadlines.appeal_until(decision.decided_at, days),
        appeal=None if appeal is None else AppealView(appeal, next(iter(appeal.case.decisions.all()), None)),
        is_superseded=getattr(decision, "superseded_by", None) is not None,
    )
