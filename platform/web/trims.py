"""A trim as the pages tell of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from generation.media.geometry import Storyboard, storyboard
from videos.models import Trim, Video
from videos.states import TRIM_SENTENCES, TrimFailure, TrimState
from web.durations import of_film
from web.names import names_of
from web.takes import day_of
from web.video_state import VideoState

TONES = {
    TrimState.QUEUED: ("private", "queue-list"),
    TrimState.RUNNING: ("accent", "play-circle"),
    TrimState.COMPLETED: ("approved", "check-circle"),
    TrimState.FAILED: ("refused", "exclamation-triangle"),
}


@dataclass(frozen=True, slots=True)
class Cut:
    """One trim in words."""

    trim: Trim

    @property
    def part(self) -> str:
        """Counted from 1, as people do."""
        return _("Frames %(first)d to %(last)d, %(seconds)s s") % {
            "first": self.trim.first_frame + 1,
            "last": self.trim.last_frame + 1,
            "seconds": f"{self.trim.frame_count / self.trim.video.fps:.2f}",
        }

    @property
    def label(self) -> str:
        return str(TrimState(self.trim.state).label)

    @property
    def tone(self) -> str:
        return TONES[TrimState(self.trim.state)][0]

    @property
    def icon(self) -> str:
        return TONES[TrimState(self.trim.state)][1]

    @property
    def sentence(self) -> str:
        """What happens to it now, or why it did not come out."""
        if self.trim.state == TrimState.FAILED:
            return str(TRIM_SENTENCES[TrimFailure(self.trim.failure)])
        if self.trim.state == TrimState.QUEUED:
            return _("It waits for a worker.")
        if self.trim.state == TrimState.COMPLETED:
            return _("It is a private video of its own.")
        if not self.trim.frames_done:
            return _("It is being read.")
        return _("Frame %(done)d of %(all)d is encoded.") % {
            "done": self.trim.frames_done,
            "all": self.trim.frame_count,
        }


@dataclass(frozen=True, slots=True)
class TrimCard:
    """A video that was cut from another one, as the studio shows it among the takes."""

    trim: Trim
    video: Video
    state: VideoState
    title: str
    source: str  # the name of what it was cut from
    trims: int = 0  # how many videos were cut from it in turn

    is_trim: ClassVar[bool] = True

    @property
    def id(self) -> UUID:
        """What the studio sorts by: it tells when it was asked for."""
        return self.trim.pk

    @property
    def video_id(self) -> UUID:
        return self.video.pk

    @property
    def url(self) -> str:
        return reverse("video", args=[self.video.pk])

    @property
    def source_url(self) -> str:
        return reverse("video", args=[self.trim.video_id])

    @property
    def width(self) -> int:
        return self.video.width

    @property
    def height(self) -> int:
        return self.video.height

    @property
    def length(self) -> str:
        return of_film(self.video.seconds)

    @property
    def part(self) -> str:
        """Counted from 1, as people do; the length stands on the picture."""
        return _("frames %(first)d to %(last)d") % {
            "first": self.trim.first_frame + 1,
            "last": self.trim.last_frame + 1,
        }

    @property
    def day(self) -> str:
        return day_of(self.trim.created_at)

    @property
    def storyboard(self) -> Storyboard:
        """How the tiles of its storyboard lie."""
        one = self.video
        return storyboard(width=one.width, height=one.height, frame_count=one.frame_count)


def cards_of(
    trims: Sequence[Trim], *, video_states: Mapping[UUID, VideoState], counts: Mapping[UUID, int]
) -> list[TrimCard]:
    """The cards of completed trims, from `videos.selectors.completed_trims`."""
    cut = [(trim, trim.result) for trim in trims if trim.result]
    names = names_of([video for _trim, video in cut] + [trim.video for trim, _video in cut])
    return [
        TrimCard(
            trim=trim,
            video=video,
            state=video_states.get(video.pk, VideoState.PRIVATE),
            title=names[video.pk],
            source=names[trim.video_id],
            trims=counts.get(video.pk, 0),
        )
        for trim, video in cut
    ]
