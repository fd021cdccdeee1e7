"""What the programme does to a video against its owner's wish."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from common.actors import Actor
from common.errors import Conflict, NotAllowed
from notifications.services import notify
from videos import policies
from videos.models import Video
from videos.services.changes import locked, move, reason_of, record_all, revoke_live_share, void_standing_approval
from videos.states import Enforcement


@transaction.atomic
def take_down(*, actor: Actor, video: Video, reason: str) -> Video:
    """End the share, void the approval and keep the video from being approved again; its owner is told why."""
    reason = reason_of(reason, required=True)
    if not policies.is_admin(actor):
        raise NotAllowed(_("Only an admin takes a video down."))
    video = locked(video)
    if video.enforcement == Enforcement.TAKEN_DOWN:
        raise Conflict(_("The video has been taken down already."), code="already_taken_down")
    changes = revoke_live_share(video, reason) + void_standing_approval(video, reason)
    changes += move(video, Enforcement.TAKEN_DOWN, action="video.taken_down", data={"reason": reason})
    notify(
        recipient=video.owner,
        kind="video.taken_down",
        subject=_("Your video “%s” was taken down") % (video.title or _("Untitled")),
        body=_("It is no longer public, and it can no longer be shared. The reason given: %s") % reason,
        path=reverse("video", args=[video.pk]),
        action_label=_("See the video"),
    )
    record_all(actor, changes)
    return video


@transaction.atomic
def take_down_by_decision(*, actor: Actor, video: Video, decision_id: UUID) -> bool:
    """What a reviewer decided about a report: the same, with the decision's own letter; False when it was down already.

    The event names the decision, so that an appeal can undo this step and no other.
    """
    video = locked(video)
    if not isinstance(actor, User) or not actor.is_reviewer or actor.pk == video.owner_id:
        raise NotAllowed(_("A reviewer other than the owner takes a video down."))
    if video.enforcement == Enforcement.TAKEN_DOWN:
        return False
    reason = _("Taken down after a report")
    changes = revoke_live_share(video, reason) + void_standing_approval(video, reason)
    changes += move(video, Enforcement.TAKEN_DOWN, action="video.taken_down", data={"decision": str(decision_id)})
    record_all(actor, changes)
    return True


@transaction.atomic
def restore(*, actor: Actor, video: Video, decision_id: UUID) -> Video:
    """Bring back what was taken down, private: `decision_id` supersedes the decision that took it."""
    video = locked(video)
    if not isinstance(actor, User) or not actor.is_lead_reviewer or actor.pk == video.owner_id:
        raise NotAllowed(_("A lead reviewer other than the owner brings a video back."))
    if video.enforcement != Enforcement.TAKEN_DOWN:
        raise Conflict(_("The video is not taken down."), code="wrong_state")
    record_all(actor, move(video, Enforcement.PRIVATE, action="video.restored", data={"decision": str(decision_id)}))
    return video
