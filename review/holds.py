"""What an open case keeps an artist from changing (`settings.VIDEO_HOLDS`)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from review.models import ReviewCase
from review.states import OPEN_STATES
from videos.models import Video


def open_case(video: Video) -> str:
    """A sentence while a case of the video is open: a reviewer decides on exactly the bytes that they watch."""
    if ReviewCase.objects.filter(video=video, state__in=OPEN_STATES, golden=None).exists():
        return _(
            "This video is in review, exactly as it is now. Wait for the decision, or withdraw the submission first."
        )
    return ""
