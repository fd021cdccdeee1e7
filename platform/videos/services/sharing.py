"""Public addresses: given and taken back."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from common.actors import Actor
from common.errors import Conflict, NotAllowed
from videos import policies, storage
from videos.models import Approval, ShareGrant, Video
from videos.selectors import approved_renditions
from videos.services.changes import (
    Change,
    live_share_of,
    locked,
    reason_of,
    record_all,
    revoke_live_share,
    standing_approval_of,
)
from videos.services.titles import set_title, title_of
from videos.states import Enforcement, RenditionKind


def share(*, actor: Actor, video: Video, title: str = "") -> ShareGrant:
    """Give the video a public address, or return the one that it has. A title, when given, is set with it."""
    if not policies.is_owner(actor, video):
        raise NotAllowed(_("Only its owner shares a video."))
    title = title_of(title)
    # Before the transaction: hashing a long video takes a while, and its rows hold nobody up meanwhile.
    _refuse_changed_bytes(video)
    return _share(actor, video, title)


@transaction.atomic
def _share(actor: Actor, video: Video, title: str) -> ShareGrant:
    video = locked(video)
    changes = set_title(video, title) if title else []
    grant = live_share_of(video)
    if grant is None:
        grant = _grant(video, _shareable_approval(video))
        data = {"video": str(video.pk), "approval": str(grant.approval_id)}
        changes.append(Change("share.created", grant, "", "live", data))
    record_all(actor, changes)
    return grant


def _refuse_changed_bytes(video: Video) -> None:
    """An approval is bound to bytes: a file that was exchanged under its rendition is not shared."""
    approval = standing_approval_of(video)
    if approval is not None and not all(storage.is_intact(r) for r in approved_renditions(approval)):
        raise Conflict(_("The files are no longer the approved ones."), code="files_changed")


def _shareable_approval(video: Video) -> Approval:
    """The standing approval, if it covers the share copy."""
    approval = standing_approval_of(video) if video.enforcement == Enforcement.SHAREABLE else None
    if approval is None:
        raise Conflict(_("The video has no standing approval. Submit it for sharing first."), code="not_approved")
    if not approved_renditions(approval).filter(kind=RenditionKind.SHARE_COPY).exists():
        raise Conflict(_("The files are no longer the approved ones."), code="files_changed")
    return approval


def _grant(video: Video, approval: Approval) -> ShareGrant:
    try:
        return ShareGrant.objects.create(video=video, approval=approval)
    except IntegrityError as refusal:
        # The database's own rule, in case that this code and it ever differ.
        raise Conflict(_("The video cannot be shared now."), code="not_approved") from refusal


@transaction.atomic
def revoke_share(*, actor: Actor, grant: ShareGrant, reason: str = "") -> ShareGrant:
    """End a share: page and bytes are gone at the next request."""
    reason = reason_of(reason)
    video = locked(grant.video)
    if not policies.can_revoke_share(actor, video):
        raise NotAllowed(_("Only its owner or an admin ends a share."))
    live = live_share_of(video)
    if live is None or live.pk != grant.pk:
        raise Conflict(_("This share has ended already."), code="already_revoked")
    record_all(actor, revoke_live_share(video, reason))
    grant.refresh_from_db()
    return grant
