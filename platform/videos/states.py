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
