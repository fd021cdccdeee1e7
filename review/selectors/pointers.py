"""What software pointed at in a share copy, for a reviewer to look at. None of it is an opinion."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q

from common.ids import read_uuid
from review.models import Decision, ReviewCase, Signal
from review.states import Outcome, SignalKind, SignalState
from videos.models import Rendition, Video
from videos.states import Enforcement, RenditionKind

# A detector that fires on every frame points at more than anybody follows.
MOST_HITS = 24
SIDE_BY_SIDE = (RenditionKind.POSTER, RenditionKind.STORYBOARD)


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a detector fired."""

    at_ms: int | None
    frame: int | None  # the frame's number, from 0
    label: str
    score: float | None
    box: tuple[float, float, float, float] | None  # left, top, width, height in fractions of the frame
    video: UUID | None

    @property
    def box_words(self) -> str:
        """The box as the page's scripts read it."""
        return " ".join(f"{side:.4f}" for side in self.box) if self.box else ""


@dataclass(frozen=True, slots=True)
class Pointer:
    """One kind of signal, whether or not any detector has looked."""

    kind: SignalKind
    signal: Signal | None
    hits: Sequence[Hit] = field(default=())
    more: int = 0  # hits that are left out

    @property
    def is_missing(self) -> bool:
        return self.signal is None or self.signal.state != SignalState.DONE

    @property
    def fired(self) -> bool:
        return self.signal is not None and self.signal.fired

    @property
    def score(self) -> float | None:
        return self.signal.score if self.signal else None


@dataclass(frozen=True, slots=True)
class Likeness:
    """A refused work that the near-duplicate detector named, as far as a reviewer may see it."""

    video: Video
    hit: Hit
    refusal: Decision | None
    has_poster: bool
    has_storyboard: bool


def pointers_of(video: Video) -> list[Pointer]:
    """Every kind of signal about the share copy as it is now; a kind that nobody looked for is missing. One query."""
    found = {SignalKind(signal.kind): signal for signal in _current_signals([video.pk])}
    return [_pointer(kind, found.get(kind)) for kind in SignalKind]


def likenesses_of(pointers: Iterable[Pointer], case: ReviewCase) -> list[Likeness]:
    """The refused works to lay beside this one, the likest first. Three queries, none when nothing fired."""
    hits = {hit.video: hit for pointer in pointers for hit in reversed(pointer.hits) if _names_refused(pointer, hit)}
    if not hits:
        return []
    refusals = Decision.objects.filter(outcome=Outcome.REJECT, case__golden=None).select_related("reason")
    videos = (
        refused(hits)
        .exclude(pk=case.video_id)
        .prefetch_related(
            Prefetch("renditions", Rendition.objects.current().filter(kind__in=SIDE_BY_SIDE), to_attr="side_by_side"),
            Prefetch("review_cases", ReviewCase.objects.prefetch_related(Prefetch("decisions", refusals))),
        )
    )
    found = [_likeness(video, hits[video.pk]) for video in videos]
    return sorted(found, key=lambda one: -(one.hit.score or 0))


def likened_to(videos: Iterable[UUID]) -> set[UUID]:
    """The works that fired near-duplicate signals of these videos' present share copies name."""
    signals = _current_signals(videos).filter(kind=SignalKind.NEAR_DUPLICATE, fired=True)
    return {hit.video for signal in signals for hit in _hits(signal.hits) if hit.video}


def refused(videos: Iterable[UUID | None]) -> Any:
    """Those of the videos that stand refused or taken down: what was overturned since is nobody's to look at."""
    standing = Q(
        review_cases__decisions__outcome=Outcome.REJECT,
        review_cases__decisions__superseded_by=None,
        review_cases__golden=None,
    )
    return Video.objects.filter(standing | Q(enforcement=Enforcement.TAKEN_DOWN), pk__in=list(videos)).distinct()


def _current_signals(videos: Iterable[UUID]) -> Any:
    return Signal.objects.filter(video__in=list(videos), rendition__replaced_at=None).order_by("id")


def _pointer(kind: SignalKind, signal: Signal | None) -> Pointer:
    hits = sorted(_hits(signal.hits) if signal and signal.fired else [], key=lambda hit: hit.at_ms or 0)
    return Pointer(kind, signal, hits[:MOST_HITS], max(0, len(hits) - MOST_HITS))


def _names_refused(pointer: Pointer, hit: Hit) -> bool:
    return pointer.kind == SignalKind.NEAR_DUPLICATE and pointer.fired and hit.video is not None


def _likeness(video: Video, hit: Hit) -> Likeness:
    kinds = {rendition.kind for rendition in video.side_by_side}  # type: ignore[attr-defined]
    refusals = [decision for case in video.review_cases.all() for decision in case.decisions.all()]
    latest = max(refusals, key=lambda decision: decision.decided_at, default=None)
    return Likeness(video, hit, latest, RenditionKind.POSTER in kinds, RenditionKind.STORYBOARD in kinds)


# --- What a detector wrote is read with care: a page must not fail over it.


def _hits(rows: object) -> list[Hit]:
    return [_hit(row) for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _hit(row: Mapping[str, object]) -> Hit:
    at_ms, frame = _number(row.get("at_ms")), _number(row.get("frame"))
    return Hit(
        at_ms=max(0, int(at_ms)) if at_ms is not None else None,
        frame=max(0, int(frame)) if frame is not None else None,
        label=str(row.get("label") or ""),
        score=_number(row.get("score")),
        box=_box(row.get("box")),
        video=read_uuid(row.get("video")),
    )


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def _box(value: object) -> tuple[float, float, float, float] | None:
    if not isinstance(value, list | tuple) or len(value) != 4:
        return None
    left, top, width, height = (_number(side) for side in value)
    if left is None or top is None or width is None or height is None or min(width, height) <= 0:
        return None
    return (left, top, width, height)
