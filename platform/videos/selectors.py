"""Reads that pages and the API share: a constant number of queries, however many videos."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, QuerySet

from accounts.models import User
from videos.models import Approval, ApprovedRendition, Rendition, ShareGrant, Trim, Video
from videos.states import SHOWN_KINDS, Enforcement, RenditionKind, TrimState

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


def trims_of(video: Video) -> QuerySet[Trim]:
    """What was asked to be cut from the video, newest first."""
    return Trim.objects.filter(video=video).select_related("video", "result")


def latest_trims_of(video: Video) -> list[Trim]:
    """As many of them as a page tells of. One query."""
    return list(trims_of(video)[:MOST_TRIMS])


def completed_trims(owner: User) -> QuerySet[Trim]:
    """What this person has cut: each with its new video."""
    return Trim.objects.filter(result__owner=owner)


def trim_counts(videos: Iterable[UUID]) -> dict[UUID, int]:
    """How many videos were cut from each of these; those without one are left out. One query."""
    made = Trim.objects.filter(video__in=list(videos), state=TrimState.COMPLETED).order_by()
    return dict(made.values_list("video").annotate(Count("pk")))


def live_grants() -> QuerySet[ShareGrant]:
    """Shares that are open now, by every fact that can close them."""
    return ShareGrant.objects.filter(
        revoked_at=None,
        approval__voided_at=None,
        approval__video=F("video"),
        video__enforcement=Enforcement.SHAREABLE,
    ).exclude(approval__approver=F("video__owner"))


def with_details(videos: QuerySet[Video]) -> QuerySet[Video]:
    """With all that an answer shows: the owner's public name, the files, the trims, `live_grants` (a list)."""
    made = Trim.objects.filter(state=TrimState.COMPLETED)
    return videos.select_related("owner__participant", "trimmed_from").prefetch_related(
        Prefetch("trims", queryset=made, to_attr="completed_trims"),
        Prefetch("renditions", queryset=Rendition.objects.current()),
        Prefetch("share_grants", queryset=live_grants(), to_attr="live_grants"),
    )


def public_name(video: Video) -> str:
    """The credit under which the owner shares."""
    participant = getattr(video.owner, "participant", None)
    return participant.public_name if participant else video.owner.name
