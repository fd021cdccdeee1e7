"""What a video was trimmed from, and what was trimmed from it."""

from __future__ import annotations

from typing import Any

from django import template

from videos.models import Trim, Video
from videos.selectors import latest_trims_of
from videos.states import TrimState
from web.slate import name_of
from web.trims import Cut

register = template.Library()


@register.inclusion_tag("web/trim_family.html")
def trim_family(video: Video) -> dict[str, Any]:
    """Two queries, and those of the source's name."""
    source = Trim.objects.filter(result=video).select_related("video__generation").first()
    made = [trim for trim in latest_trims_of(video) if trim.state == TrimState.COMPLETED]
    return {
        "source": (Cut(source), name_of(source.video)) if source else None,
        "made": [(Cut(trim), trim.result) for trim in made],
    }
