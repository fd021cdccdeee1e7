"""What the programme does to a video against its owner's wish."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

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
