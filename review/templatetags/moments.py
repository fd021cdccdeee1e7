"""Moments of a video, as the case page writes them."""

from __future__ import annotations

from django import template

from review.comment_form import timecode_of
from review.models import Comment
from review.rectangle import rectangle_of
from videos.models import Video

register = template.Library()


@register.filter
def timecode(at_ms: int | None, video: Video) -> str:
    """ "0:03.12": minutes, seconds, and the frame within the second."""
    return "" if at_ms is None else timecode_of(at_ms, video.fps)


@register.filter
def fragment(at_ms: int | None) -> str:
    """The end of an address that a browser without scripts opens at the moment."""
    return "" if at_ms is None else f"#t={at_ms / 1000:.3f}"


@register.filter
def box_words(comment: Comment) -> str:
    """A comment's rectangle as the page's scripts read it."""
    rectangle = rectangle_of((comment.left, comment.top, comment.width, comment.height))
    return rectangle.box if rectangle else ""
