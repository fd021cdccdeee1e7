"""What an open case keeps an artist from changing (`settings.VIDEO_HOLDS`)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from review.models import ReviewCase
from review.states import OPEN_STATES, CaseKind
from videos.models import Video


def open_case(video: Video) -> str:
    """A sentence while a case of the video is open: a reviewer decides on exactly the bytes that they watch.

    A golden item's case is none that its artist knows of.
    """
    kinds = set(
        ReviewCase.objects.filter(video=video, golden=None, state__in=OPEN_STATES).values_list("kind", flat=True)
    )
    if CaseKind.SUBMISSION in kinds:
        return _(
            "This video is in review, exactly as it is now. Wait for the decision, or withdraw the submission first."
        )
    if CaseKind.APPEAL in kinds:
        return _("Your appeal is about this video exactly as it is now. Wait for its outcome, or withdraw it first.")
    return _("A reviewer looks into this video, exactly as it is now. Wait for the decision first.") if kinds else ""
