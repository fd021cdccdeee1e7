"""The single changes of state that the services are put together from.

Each expects the video's row to be locked by its caller, writes one compare-and-set, and returns the `Change` for the
audit log. The caller records them all at its end, because the log's lock is held until the transaction ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from audit.services import record
from common.actors import Actor
from common.clock import now
from common.db import compare_and_set, lock
from common.errors import Conflict, FieldError, Invalid
from videos.models import Approval, ShareGrant, Video
from videos.states import ENFORCEMENT, Enforcement

REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Change:
    """One row that changed its state."""

    action: str
    target: models.Model
    from_state: str = ""
    to_state: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def record_all(actor: Actor, changes: Iterable[Change]) -> None:
    """Write the events of one transaction: its last statements."""
    for change in changes:
        record(
            actor=actor,
            action=change.action,
            target=change.target,
            from_state=change.from_state,
            to_state=change.to_state,
            data=change.data,
        )


def locked(video: Video) -> Video:
    """The video's row as it is now; nobody else changes it, its approvals or its shares until we commit."""
    return lock(Video.objects.all()).get(pk=video.pk)


def live_share_of(video: Video) -> ShareGrant | None:
    return ShareGrant.objects.filter(video=video, revoked_at=None).first()


def standing_approval_of(video: Video) -> Approval | None:
    return Approval.objects.filter(video=video, voided_at=None).first()


def revoke_live_share(video: Video, reason: str) -> list[Change]:
    """End the live share, if there is one."""
    grant = live_share_of(video)
    if grant is None:
        return []
    grant.revoked_at, grant.revoked_reason = now(), reason
    changes = {"revoked_at": grant.revoked_at, "revoked_reason": grant.revoked_reason}
    if not compare_and_set(ShareGrant.objects.filter(pk=grant.pk), expected={"revoked_at": None}, changes=changes):
        raise Conflict(_("Somebody else has just ended this share."))
    return [Change("share.revoked", grant, "live", "revoked", {"video": str(video.pk)})]


def void_standing_approval(video: Video, reason: str) -> list[Change]:
    """Void the standing approval, if there is one. Its share must have ended before."""
    approval = standing_approval_of(video)
    if approval is None:
        return []
    approval.voided_at, approval.void_reason = now(), reason
    changes = {"voided_at": approval.voided_at, "void_reason": approval.void_reason}
    if not compare_and_set(Approval.objects.filter(pk=approval.pk), expected={"voided_at": None}, changes=changes):
        raise Conflict(_("Somebody else has just voided this approval."))
    return [Change("approval.voided", approval, "standing", "voided", {"video": str(video.pk)})]


def move(video: Video, to: Enforcement, *, action: str, data: dict[str, Any] | None = None) -> list[Change]:
    """Change the enforcement of a locked video along its transition table; nothing when it is there already."""
    old = Enforcement(video.enforcement)
    if old == to:
        return []
    moved = ENFORCEMENT.allows(old, to) and compare_and_set(
        Video.objects.filter(pk=video.pk), expected={"enforcement": old}, changes={"enforcement": to}
    )
    if not moved:
        raise Conflict(_("The video is %s now.") % old.label.lower(), code="wrong_state")
    video.enforcement = to
    return [Change(action, video, old, to, data or {})]


def reason_of(text: str) -> str:
    """A reason as a person typed it, or an error that says what is allowed."""
    reason = " ".join(text.split())
    allowed = _("%d characters at most") % REASON_LENGTH
    if len(reason) > REASON_LENGTH or not reason.isprintable():
        raise Invalid([FieldError("reason", _("The reason is too long or holds odd characters."), allowed)])
    return reason
