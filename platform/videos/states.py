"""The states of a video's enforcement. No ORM."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from common.states import Transitions


class Enforcement(TextChoices):
    PRIVATE = "private", _("Private")
    SHAREABLE = "shareable", _("Shareable")
    SUSPENDED = "suspended", _("Suspended")
    TAKEN_DOWN = "taken_down", _("Taken down")


ENFORCEMENT = Transitions(
    {
        Enforcement.PRIVATE: frozenset({Enforcement.SHAREABLE, Enforcement.TAKEN_DOWN}),
        Enforcement.SHAREABLE: frozenset({Enforcement.PRIVATE, Enforcement.SUSPENDED, Enforcement.TAKEN_DOWN}),
        Enforcement.SUSPENDED: frozenset({Enforcement.PRIVATE, Enforcement.SHAREABLE, Enforcement.TAKEN_DOWN}),
        # Only a decision that supersedes brings a video back, and it comes back private.
        Enforcement.TAKEN_DOWN: frozenset({Enforcement.PRIVATE}),
    }
)


class RenditionKind(TextChoices):
    ORIGINAL = "original", _("Original")
    AV1 = "av1", _("Original in AV1")
    SHARE_COPY = "share_copy", _("Share copy")
    POSTER = "poster", _("Poster")
    STORYBOARD = "storyboard", _("Storyboard")
    CAPTIONS = "captions", _("Captions")


# The private originals: the owner's, and nobody else's.
ORIGINALS = (RenditionKind.ORIGINAL, RenditionKind.AV1)
# What a reviewer is shown, what an approval names, and what a share can serve: never an original.
SHOWN_KINDS = (RenditionKind.SHARE_COPY, RenditionKind.POSTER, RenditionKind.STORYBOARD, RenditionKind.CAPTIONS)


class TrimState(TextChoices):
    QUEUED = "queued", _("Waits")
    RUNNING = "running", _("Being cut")
    COMPLETED = "completed", _("Cut")
    FAILED = "failed", _("Failed")


TRIM = Transitions(
    {
        TrimState.QUEUED: frozenset({TrimState.RUNNING}),
        # Back to queued when the process that cut it is gone, or the storage hiccuped.
        TrimState.RUNNING: frozenset({TrimState.QUEUED, TrimState.COMPLETED, TrimState.FAILED}),
        TrimState.COMPLETED: frozenset(),
        TrimState.FAILED: frozenset(),
    }
)

OPEN_TRIMS = (TrimState.QUEUED, TrimState.RUNNING)


class TrimFailure(TextChoices):
    UNREADABLE = "unreadable", _("Not to be read or encoded")
    STORAGE = "storage", _("Not stored")
    LOST = "lost", _("Given up")


TRIM_SENTENCES = {
    TrimFailure.UNREADABLE: _("The film could not be read or encoded. Make a new take instead."),
    TrimFailure.STORAGE: _("The storage did not take the files. Nothing is lost: try again later."),
    TrimFailure.LOST: _("The machine that cut it stopped three times. Nothing is lost: try again later."),
}
