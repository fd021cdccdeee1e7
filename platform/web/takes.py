"""A generation as the studio shows it: its word, its sentence, its picture."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar, Protocol
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.clock import now
from generation import catalogue
from generation.media.geometry import Storyboard, storyboard
from generation.models import Generation
from generation.progress import Progress, Stage
from generation.selectors import QueuePlace
from generation.states import FailureCode, GenerationState
from generation.suggestions import after_failure
from web.durations import about, between, of_film
from web.video_state import VideoState

ACTIVE = (GenerationState.QUEUED, GenerationState.RUNNING)


class TakeState(Enum):
    """The words of a generation that is no video yet, or never became one."""

    QUEUED = (gettext_lazy("In the queue"), "private", "queue-list")
    HELD = (gettext_lazy("Paused by you"), "private", "pause-circle")
    RUNNING = (gettext_lazy("Rendering"), "accent", "play-circle")
    FAILED = (gettext_lazy("Failed"), "refused", "exclamation-triangle")
    CANCELLED = (gettext_lazy("Cancelled"), "private", "x-circle")

    def __init__(self, label: Promise, tone: str, icon: str) -> None:
        self.label = label
        self.tone = tone
        self.icon = icon


@dataclass(frozen=True, slots=True)
class Take:
    """One generation with what the pages say of it."""

    generation: Generation
    state: TakeState | VideoState
    place: QueuePlace | None = None
    progress: Progress | None = None
    rank: int = 0  # among one's own that wait, the first is 1; 0 when it does not wait
    ranks: int = 0  # how many of one's own wait
    is_model_off: bool = False  # it waits for a model that an admin has switched off
    trims: int = 0  # how many videos were cut from it

    is_trim: ClassVar[bool] = False  # web.trims.TrimCard stands beside it

    @property
    def id(self) -> UUID:
        """What the studio sorts by: it tells when it was asked for."""
        return self.generation.pk

    @property
    def video_id(self) -> UUID | None:
        return self.generation.video_id

    @property
    def is_waiting(self) -> bool:
        return self.generation.state == GenerationState.QUEUED

    @property
    def is_held(self) -> bool:
        return self.is_waiting and self.generation.held_at is not None

    @property
    def is_last(self) -> bool:
        return self.rank == self.ranks

    @property
    def is_active(self) -> bool:
        return self.generation.state in ACTIVE

    @property
    def is_stopping(self) -> bool:
        return self.is_active and self.generation.cancel_requested_at is not None

    @property
    def width(self) -> int:
        return self.generation.width

    @property
    def height(self) -> int:
        return self.generation.height

    @property
    def length(self) -> str:
        return of_film(self.generation.seconds)

    @property
    def url(self) -> str:
        if self.generation.video_id:
            return reverse("video", args=[self.generation.video_id])
        return reverse("generation", args=[self.generation.pk])

    @property
    def title(self) -> str:
        """The video's title; without one, the take's number."""
        video = self.generation.video
        return (video.title if video else "") or _("Take %(take)s") % {"take": self.generation.take}

    @property
    def model_name(self) -> str:
        entry = catalogue.get(self.generation.model_key)
        return _(entry.name) if entry else self.generation.model_key

    @property
    def is_measured(self) -> bool:
        """Whether the bar has something to show."""
        return self.progress is not None and self.generation.state == GenerationState.RUNNING

    @property
    def step(self) -> int:
        return self.progress.step if self.progress and self.is_measured else 0

    @property
    def steps(self) -> int:
        return self.progress.total if self.progress and self.is_measured else 1

    @property
    def sentence(self) -> str:
        """What happens to it now, in one sentence."""
        if self.is_stopping:
            return _("Take %(take)s stops after the step it is in.") % self._numbers()
        if self.generation.state == GenerationState.QUEUED:
            return _waiting(self)
        if self.generation.state == GenerationState.RUNNING:
            return _working(self)
        if self.generation.state == GenerationState.FAILED:
            label = str(FailureCode(self.generation.failure_code).label)
            return f"{label} {after_failure(self.generation)}".rstrip()
        return str(self.state.label)

    @property
    def ending(self) -> str:
        """Why there is no picture, beside a take that became no video; nothing where its word says it."""
        return self.sentence if self.generation.state == GenerationState.FAILED else ""

    @property
    def announcement(self) -> str:
        """The same for a screen reader, which should hear of turns and not of each step."""
        if self.generation.state == GenerationState.RUNNING:
            return _("Take %(take)s is rendering.") % self._numbers()
        return self.sentence

    @property
    def day(self) -> str:
        """The day it was asked for, in the reader's own time zone."""
        return day_of(self.generation.created_at)

    @property
    def storyboard(self) -> Storyboard:
        """How the tiles of its storyboard lie."""
        one = self.generation
        return storyboard(width=one.width, height=one.height, frame_count=one.seconds * one.fps)

    @property
    def dom_id(self) -> str:
        return f"words-{self.generation.pk}"

    @property
    def tab_title(self) -> str:
        """What the browser's tab counts."""
        if self.is_measured and self.progress and self.progress.step:
            return f"{self.progress.step}/{self.progress.total}"
        return str(self.state.label)

    def _numbers(self) -> dict[str, object]:
        return {"take": self.generation.take}


def take_of(
    generation: Generation,
    *,
    video_states: Mapping[UUID, VideoState],
    places: Mapping[UUID, QueuePlace] | None = None,
    progress: Mapping[UUID, Progress] | None = None,
    trims: Mapping[UUID, int] | None = None,
) -> Take:
    """Put together what is known of one generation."""
    return Take(
        generation=generation,
        state=_state(generation, video_states),
        place=(places or {}).get(generation.pk),
        progress=(progress or {}).get(generation.pk),
        trims=(trims or {}).get(generation.video_id, 0) if generation.video_id else 0,
    )


def cost_sentence(take: Take, used: int) -> str:
    """What an ended take cost, and what came back."""
    price = take.generation.price
    if used >= price > 0:
        return ngettext("It used its %(count)s credit.", "It used its %(count)s credits.", price) % {"count": price}
    if used:
        return _("It had used %(used)s of its %(price)s credits when it stopped; the rest is yours again.") % {
            "used": used,
            "price": price,
        }
    return ngettext(
        "It cost you nothing: its %(count)s credit is yours again.",
        "It cost you nothing: its %(count)s credits are yours again.",
        price,
    ) % {"count": price}


class Card(Protocol):
    """What the studio's grid shows: a take, or a trim."""

    @property
    def id(self) -> UUID: ...
    @property
    def video_id(self) -> UUID | None: ...
    @property
    def state(self) -> TakeState | VideoState: ...
    @property
    def title(self) -> str: ...
    @property
    def day(self) -> str: ...
    @property
    def trims(self) -> int: ...


def signature(cards: Sequence[Card]) -> str:
    """Changes when one of the cards would look different, so that a poll knows whether to send them again."""
    parts = [f"{card.id} {card.state.name} {card.trims} {card.title}" for card in cards]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def day_of(moment: datetime) -> str:
    """The day of something, in the reader's own time zone."""
    day = timezone.localdate(moment)
    age = (timezone.localdate() - day).days
    if age <= 0:
        return _("Today")
    return _("Yesterday") if age == 1 else date_format(day, "j F" if age < 300 else "j F Y")


def _state(generation: Generation, video_states: Mapping[UUID, VideoState]) -> TakeState | VideoState:
    if generation.video_id:
        return video_states.get(generation.video_id, VideoState.PRIVATE)
    if generation.state == GenerationState.QUEUED and generation.held_at is not None:
        return TakeState.HELD
    return TakeState[GenerationState(generation.state).name]


def _waiting(take: Take) -> str:
    place = take.place
    words: dict[str, object] = {"take": take.generation.take}
    if take.is_held:
        return _("Take %(take)s is paused. It keeps its credits and starts when you resume it.") % words
    if take.is_model_off:
        return _("Take %(take)s waits: its model is switched off for now. It starts when the model is back.") % words
    if place is None:
        return _("Take %(take)s is in the queue.") % words
    words |= {"place": place.place, "wait": _wait(place)}
    if place.place <= 1:
        if words["wait"]:
            return _("Take %(take)s is next, about %(wait)s to wait.") % words
        return _("Take %(take)s is next.") % words
    if words["wait"]:
        return _("Take %(take)s is number %(place)s in the queue, about %(wait)s to wait.") % words
    return _("Take %(take)s is number %(place)s in the queue.") % words


def _wait(place: QueuePlace) -> str:
    """How long until it starts; empty where nobody knows, and where a worker is about to take it."""
    if place.low_seconds is None or not place.high_seconds:
        return ""
    return between(place.low_seconds, place.high_seconds)


def _working(take: Take) -> str:
    words: dict[str, object] = {"take": take.generation.take}
    progress = take.progress
    if progress is None or progress.stage == Stage.LOAD:
        return _("Take %(take)s: the model is being loaded.") % words
    if progress.stage == Stage.TEXT:
        return _("Take %(take)s: the prompt is being read.") % words
    if progress.stage == Stage.DENOISE:
        words |= {"step": progress.step, "steps": progress.total}
        left = _seconds_left(take.generation.started_at, progress)
        if left is None:
            return _("Take %(take)s is rendering, step %(step)s of %(steps)s.") % words
        words["left"] = about(left)
        return _("Take %(take)s is rendering, step %(step)s of %(steps)s, about %(left)s left.") % words
    if progress.stage == Stage.STORE:
        return _("Take %(take)s is rendered and is being stored.") % words
    return _("Take %(take)s is rendered; its frames are being encoded.") % words


def _seconds_left(started_at: datetime | None, progress: Progress) -> float | None:
    if started_at is None or progress.step < 1:
        return None
    elapsed = (now() - started_at).total_seconds()
    return max(1.0, elapsed / progress.step * (progress.total - progress.step))
