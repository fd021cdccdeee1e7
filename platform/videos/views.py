"""The bytes of videos, for pages. What does not exist and what is hidden get the same answer."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from common.errors import NotFound
from videos import delivery, visibility


@csrf_exempt  # nothing is written here: a POST gets 405 whatever it carries
@require_safe
def video_media(request: HttpRequest, video_id: UUID, kind: str) -> HttpResponseBase:
    """A rendition for somebody who is signed in."""
    try:
        rendition = visibility.visible_rendition(visibility.viewer_of(request), video_id, kind)
        return delivery.respond(request, rendition)
    except NotFound as error:
        raise Http404 from error


@csrf_exempt
@require_safe
def share_media(request: HttpRequest, token: str, kind: str) -> HttpResponseBase:
    """A rendition for everybody who has the link of a live share."""
    try:
        return delivery.respond(request, visibility.public_rendition(token, kind))
    except NotFound as error:
        raise Http404 from error
