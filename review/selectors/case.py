"""What the holder of a claim sees of a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypedDict

from django.conf import settings
from django.db.models import Prefetch
from django.utils.module_loading import import_string

from accounts.models import User
from review import policies
from review.models import Claim, Decision, InternalNote, PolicyVersion, ReviewCase
from review.selectors.rules import current_policy
from review.tokens import sha256_of
from videos.models import Rendition, Video
from videos.states import SHOWN_KINDS, RenditionKind


class Fact(TypedDict):
    """One line about how a video was made, from an app that review does not know (`REVIEW_CASE_FACTS`)."""

    key: str
    label: str
    value: str


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
