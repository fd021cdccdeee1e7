"""The public page of a shared video. Nothing of the owner is on it but the public name and the title."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from videos import visibility
from videos.selectors import approved_renditions
from videos.states import RenditionKind
from web.answers import page
from web.captions import track_of


@require_safe
@never_cache  # revoked means gone at the next request, from every cache on the way
@page
def share_page(request: HttpRequest, token: str) -> HttpResponse:
    """Player, title, credit."""
    grant = visibility.live_share(token)
    kinds = {rendition.kind: rendition for rendition in approved_renditions(grant.approval)}
    participant = getattr(grant.video.owner, "participant", None)
    context = {
        "video": grant.video,
        "credit": participant.public_name if participant else "",
        "shared_at": grant.created_at,
        "report_path": reverse("report", args=[token]),
        "page_url": settings.SITE_URL + reverse("share-page", args=[token]),
        "media_path": _media(token, RenditionKind.SHARE_COPY),
        "media_url": settings.SITE_URL + _media(token, RenditionKind.SHARE_COPY),
        "poster_path": _media(token, RenditionKind.POSTER) if RenditionKind.POSTER in kinds else "",
        "poster_url": settings.SITE_URL + _media(token, RenditionKind.POSTER) if RenditionKind.POSTER in kinds else "",
        "track": track_of(kinds.get(RenditionKind.CAPTIONS), _media(token, RenditionKind.CAPTIONS)),
    }
    return render(request, "web/share.html", context)


def _media(token: str, kind: RenditionKind) -> str:
    return reverse("share-media", args=[token, kind.value])
