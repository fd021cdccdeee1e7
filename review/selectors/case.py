"""What the holder of a claim sees of a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypedDict

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet
from django.utils.module_loading import import_string

from accounts.models import User
from review import policies
from review.models import Answer, Claim, Comment, Decision, InternalNote, PolicyVersion, ReviewCase
from review.selectors.comments import comments_of_round, earlier_comments, is_blind
from review.selectors.pointers import Likeness, Pointer, likenesses_of, pointers_of
from review.selectors.rules import current_policy
from review.selectors.signals import noticed_late
from review.states import Opinion
from review.tokens import sha256_of
from videos.models import Rendition, Video
from videos.states import SHOWN_KINDS, RenditionKind


class Fact(TypedDict):
    """One line about how a video was made, from an app that review does not know (`REVIEW_CASE_FACTS`).

    Keys that begin with `parent` speak of the work that this one was made from.
    """

    key: str
    label: str
    value: str


# What says where the bytes come from, beside the hashes; the rest describes what was asked for.
PROVENANCE = ("model", "revision", "seed")


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
    earlier: Sequence[ReviewCase]  # with decisions and answers; the first may be this case in its earlier rounds
    notes: Sequence[InternalNote]
    comments: Sequence[Comment]  # of this round
    earlier_comments: Sequence[Comment]
    pointers: Sequence[Pointer]
    likenesses: Sequence[Likeness]
    policy: PolicyVersion | None

    @property
    def prompt(self) -> str:
        """The fact that stands alone on the page."""
        return next((fact["value"] for fact in self.facts if fact["key"] == "prompt"), "")

    @property
    def settings(self) -> list[Fact]:
        return [fact for fact in self.facts if fact["key"] != "prompt" and not fact["key"].startswith("parent")]

    @property
    def parent(self) -> list[Fact]:
        return [fact for fact in self.facts if fact["key"].startswith("parent")]

    @property
    def provenance(self) -> list[Fact]:
        return [fact for fact in self.facts if fact["key"] in PROVENANCE]

    @property
    def fired(self) -> list[Pointer]:
        return [pointer for pointer in self.pointers if pointer.fired]

    @property
    def missing(self) -> list[Pointer]:
        return [pointer for pointer in self.pointers if pointer.is_missing]

    @property
    def quiet(self) -> list[Pointer]:
        return [pointer for pointer in self.pointers if not pointer.fired and not pointer.is_missing]

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


def case_view(case: ReviewCase, reviewer: User) -> CaseView:
    """A case with its content and the video's history. Call it for the holder of a live claim only."""
    answers = list(Answer.objects.filter(case=case).order_by("id"))
    pointers = pointers_of(case.video)
    return CaseView(
        case=case,
        renditions=shown_renditions(case.video),
        facts=case_facts(case.video),
        earlier=_earlier(case, answers),
        notes=list(_notes(case, reviewer, answers)),
        comments=list(comments_of_round(case, reviewer).select_related("author")),
        earlier_comments=[] if _is_golden(case) else list(earlier_comments(case).select_related("author")),
        pointers=pointers,
        likenesses=likenesses_of(pointers, case),
        policy=current_policy(),
    )


def _is_golden(case: ReviewCase) -> bool:
    """Its answer is known, and stands in the history of its video."""
    return case.golden_id is not None


def _earlier(case: ReviewCase, answers: Sequence[Answer]) -> list[ReviewCase]:
    """What was decided before about this video, or about what the case showed before the artist answered."""
    if _is_golden(case):
        return []
    videos = {case.video_id, *(answer.video_before_id for answer in answers)}
    decisions = Decision.objects.select_related("reason", "reviewer", "policy_version").order_by("id")
    cases = ReviewCase.objects.filter(golden=None).filter(Q(video__in=videos) | Q(pk=case.pk))
    found = cases.order_by("-id").prefetch_related(Prefetch("decisions", decisions), "answers")
    earlier = [one for one in found if one.pk != case.pk or one.decisions.all()]
    late = noticed_late(earlier) if earlier else {}
    for one in earlier:
        one.noticed_late = late.get(one.pk, [])  # type: ignore[attr-defined]
    return earlier


def _notes(case: ReviewCase, reviewer: User, answers: Sequence[Answer]) -> QuerySet[InternalNote]:
    """What reviewers noted about the video. A blind reviewer reads nothing of what another thinks in this round."""
    notes = InternalNote.objects.filter(case__video=case.video_id, case__golden=None).select_related("author")
    if _is_golden(case):
        return InternalNote.objects.filter(case=case, author=reviewer).select_related("author")
    if not is_blind(case, reviewer):
        return notes
    begun_at = answers[-1].answered_at if answers else case.opened_at
    # What somebody wrote who handed the case on is meant for whoever gets it.
    handed_on = case.assessments.filter(round=case.round, opinion=Opinion.ESCALATE).values("reviewer")
    hidden = ~Q(author=reviewer) & ~Q(author__in=handed_on)
    return notes.exclude(hidden, case=case, created_at__gte=begun_at)


def case_facts(video: Video) -> list[Fact]:
    """How the video was made, from every app that has something to say of it."""
    return [fact for provider in _providers(tuple(settings.REVIEW_CASE_FACTS)) for fact in provider(video)]


@cache
def _providers(paths: tuple[str, ...]) -> tuple[Callable[[Video], list[Fact]], ...]:
    return tuple(import_string(path) for path in paths)
