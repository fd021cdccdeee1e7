"""Reads that pages and the API share: a constant number of queries, however many videos."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Prefetch, QuerySet

from videos.models import Approval, ApprovedRendition, Rendition, ShareGrant, Trim, Video
from videos.states import SHOWN_KINDS, Enforcement, RenditionKind

# More than a page tells of.
MOST_TRIMS = 20


def approved_renditions(approval: Approval) -> QuerySet[Rendition]:
    """What an approval lets the public see: the renditions that it names, while their hashes are equal."""
    named = ApprovedRendition.objects.filter(approval=approval, rendition=OuterRef("pk"), sha256=OuterRef("sha256"))
    return Rendition.objects.current().filter(Exists(named), video=approval.video_id, kind__in=SHOWN_KINDS)


def captions_of(video: Video) -> Rendition | None:
    """The captions that the video has now."""
    return Rendition.objects.current().filter(video=video, kind=RenditionKind.CAPTIONS).first()


def material_of(video: Video) -> Video:
    """The video that this one was cut from, and that one perhaps from another: the one that nobody has cut."""
    while trim := Trim.objects.filter(result=video).select_related("video").first():
        video = trim.video
    return video


def trims_of(video: Video) -> list[Trim]:
    """What was asked to be cut from the video, newest first. One query."""
    return list(Trim.objects.filter(video=video).select_related("video", "result")[:MOST_TRIMS])


def live_grants() -> QuerySet[ShareGrant]:
    """Shares that are open now, by every fact that can close them."""
    return ShareGrant.objects.filter(
        revoked_at=None,
        approval__voided_at=None,
        approval__video=F("video"),
        video__enforcement=Enforcement.SHAREABLE,
    ).exclude(approval__approver=F("video__owner"))


def with_details(videos: QuerySet[Video]) -> QuerySet[Video]:
    """With all that a page or an answer shows: the owner's public name, the files, `live_grants` (a list)."""
    return videos.select_related("owner__participant").prefetch_related(
        Prefetch("renditions", queryset=Rendition.objects.current()),
        Prefetch("share_grants", queryset=live_grants(), to_attr="live_grants"),
    )


def public_name(video: Video) -> str:
    """The credit under which the owner shares."""
    participant = getattr(video.owner, "participant", None)
    return participant.public_name if participant else video.owner.name
