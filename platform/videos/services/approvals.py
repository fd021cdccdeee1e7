"""That somebody other than the owner agreed to these bytes, and that they no longer do."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common.actors import Actor
from common.errors import Conflict, NotAllowed
from videos.models import Approval, ApprovedRendition, Rendition, Video
from videos.services.changes import (
    Change,
    locked,
    move,
    reason_of,
    record_all,
    revoke_live_share,
    void_standing_approval,
)
from videos.states import SHOWN_KINDS, Enforcement, RenditionKind

# From these a review can bring a video to its audience. A suspended or taken-down one needs more than an approval.
APPROVABLE = (Enforcement.PRIVATE, Enforcement.SHAREABLE)


@transaction.atomic
def record_approval(*, actor: Actor, video: Video, decision_id: UUID, shown: Mapping[UUID, str]) -> Approval:
    """Let the video be shared: `shown` names each rendition that was watched, by its SHA-256.

    It takes the place of an older approval, whose share ends: the audience never sees what only the older one covers.
    """
    video = locked(video)
    if not isinstance(actor, User) or actor.pk == video.owner_id:
        raise NotAllowed(_("Somebody other than the owner approves a video."), code="own_work")
    if video.enforcement not in APPROVABLE:
        state = Enforcement(video.enforcement).label.lower()
        raise Conflict(_("The video is %s now.") % state, code="wrong_state")
    renditions = _as_watched(video, shown)
    reason = _("Replaced by a newer approval")
    changes = revoke_live_share(video, reason) + void_standing_approval(video, reason)
    approval = Approval.objects.create(video=video, approver=actor, decision_id=decision_id)
    ApprovedRendition.objects.bulk_create(
        [ApprovedRendition(approval=approval, rendition=r, sha256=r.sha256) for r in renditions]
    )
    hashes = {str(r.kind): r.sha256 for r in renditions}
    data = {"video": str(video.pk), "decision": str(decision_id), "renditions": hashes}
    changes.append(Change("approval.recorded", approval, "", "standing", data))
    changes += move(video, Enforcement.SHAREABLE, action="video.made_shareable")
    record_all(actor, changes)
    return approval


def _as_watched(video: Video, shown: Mapping[UUID, str]) -> list[Rendition]:
    """The renditions of `shown`, or a conflict when one isn't what was watched."""
    renditions = [r for r in Rendition.objects.current().filter(video=video, kind__in=SHOWN_KINDS) if r.pk in shown]
    same = len(renditions) == len(shown) and all(r.sha256 == shown[r.pk] for r in renditions)
    if not same or RenditionKind.SHARE_COPY not in {r.kind for r in renditions}:
        raise Conflict(_("The files are no longer the ones that were watched."), code="files_changed")
    return renditions


@transaction.atomic
def void_approval(*, actor: Actor, video: Video, reason: str) -> Approval | None:
    """Take an approval back: the share ends and the video is private again. None when there was no approval."""
    reason = reason_of(reason)
    video = locked(video)
    approval = Approval.objects.filter(video=video, voided_at=None).first()
    if approval is None:
        return None
    if not isinstance(actor, User) or not (actor.is_reviewer or actor.is_admin):
        raise NotAllowed(_("Only a reviewer or an admin takes an approval back."))
    changes = revoke_live_share(video, reason) + void_standing_approval(video, reason)
    if video.enforcement == Enforcement.SHAREABLE:
        changes += move(video, Enforcement.PRIVATE, action="video.made_private")
    record_all(actor, changes)
    approval.refresh_from_db()
    return approval
