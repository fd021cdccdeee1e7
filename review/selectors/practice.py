"""What leads and reviewers see of golden items and calibration rounds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.states import StaffRole
from review.agreement import in_words, krippendorff_alpha
from review.models import Assessment, CalibrationAnswer, CalibrationItem, CalibrationRound, GoldenItem
from review.selectors.rules import review_rules
from videos.models import Rendition, Video
from videos.selectors import live_grants
from videos.states import RenditionKind
from videos.visibility import Viewer, visible_videos


def usable() -> QuerySet[Video]:
    """Public works, and those that the programme's own people made.

    Nobody's private work is shown to reviewers whom its artist never asked.
    """
    own = Q(owner__staff_role__in=[role for role in StaffRole if role != StaffRole.NONE])
    return Video.objects.filter(own | Exists(live_grants().filter(video=OuterRef("pk"))))


def posters_for(viewer: User, works: Collection[Video]) -> dict[UUID, str]:
    """Where this person may see a work's poster as things are; nothing of the rest. Three queries.

    To be chosen opens nothing: what is shared everybody sees, and what is private only those whom a rule lets in.
    """
    poster = Rendition.objects.current().filter(video__in=works, kind=RenditionKind.POSTER)
    existing = set(poster.values_list("video", flat=True))
    known = visible_videos(Viewer(viewer)).filter(pk__in=existing).values_list("pk", flat=True)
    addresses = {pk: reverse("video-media", args=[pk, RenditionKind.POSTER.value]) for pk in known}
    shared = live_grants().filter(video__in=existing - set(addresses)).values_list("video", "token")
    return addresses | {pk: reverse("share-media", args=[token, RenditionKind.POSTER.value]) for pk, token in shared}


def golden_items() -> QuerySet[GoldenItem]:
    """All, those in the mix first; `met` and `right` say how they were answered. One query."""
    answers = Q(cases__assessments__isnull=False)
    right = Q(cases__assessments__opinion=F("expected"))
    items = GoldenItem.objects.select_related("video", "added_by")
    counted = items.annotate(
        met=Count("cases__assessments", filter=answers, distinct=True),
        right=Count("cases__assessments", filter=right, distinct=True),
    )
    return counted.order_by(F("retired_at").asc(nulls_first=True), "-pk")


def golden_percent() -> int:
    return review_rules().golden_percent


def golden_seen(reviewer: User) -> int:
    """How many a reviewer has answered."""
    return Assessment.objects.filter(reviewer=reviewer, case__golden__isnull=False).count()


def rounds_for(reviewer: User) -> QuerySet[CalibrationRound]:
    """Every round, newest first, with `works` and the reviewer's own `answered`. One query."""
    own = Q(items__answers__reviewer=reviewer)
    counted = CalibrationRound.objects.annotate(
        works=Count("items", distinct=True), answered=Count("items__answers", filter=own, distinct=True)
    )
    return counted.select_related("created_by").order_by("-pk")


@dataclass(frozen=True, slots=True)
class Compared:
    """One work of a round; `answers` is empty while it would tell a reviewer what others think."""

    item: CalibrationItem
    own: CalibrationAnswer | None
    answers: Sequence[CalibrationAnswer]

    @property
    def is_unanimous(self) -> bool:
        return len({answer.outcome for answer in self.answers}) == 1


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round as one reviewer sees it."""

    round: CalibrationRound
    works: Sequence[Compared]
    team: int  # how many have answered anything
    alpha: float | None

    @property
    def words(self) -> str:
        return in_words(self.alpha)

    @property
    def left(self) -> int:
        return sum(work.own is None for work in self.works)

    @property
    def first_left(self) -> int | None:
        return next((work.item.position for work in self.works if work.own is None), None)


def round_view(found: CalibrationRound, reviewer: User) -> RoundView:
    """Three queries. What others answered is shown once the round is closed, to everybody alike."""
    items = list(found.items.select_related("video"))
    answers = list(CalibrationAnswer.objects.filter(item__round=found).select_related("reviewer").order_by("pk"))
    closed = found.closed_at is not None
    works = []
    for item in items:
        given = [answer for answer in answers if answer.item_id == item.pk]
        own = next((answer for answer in given if answer.reviewer_id == reviewer.pk), None)
        works.append(Compared(item, own, given if closed else []))
    return RoundView(
        round=found,
        works=works,
        team=len({answer.reviewer_id for answer in answers}),
        alpha=krippendorff_alpha([[one.outcome for one in work.answers] for work in works]) if closed else None,
    )


def has_answered(item: CalibrationItem, reviewer: User) -> bool:
    return CalibrationAnswer.objects.filter(item=item, reviewer=reviewer).exists()


def next_position(item: CalibrationItem, reviewer: User) -> int | None:
    """The next work of the round that the reviewer has not answered; the first one again after the last."""
    answered = CalibrationAnswer.objects.filter(item=OuterRef("pk"), reviewer=reviewer)
    left = list(
        CalibrationItem.objects.filter(~Exists(answered), round=item.round_id).values_list("position", flat=True)
    )
    later = [position for position in left if position > item.position]
    return min(later or left, default=None)
