"""A trim as the pages tell of it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from videos.models import Trim
from videos.states import TRIM_SENTENCES, TrimFailure, TrimState

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
