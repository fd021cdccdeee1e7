"""What the programme does to a video against its owner's wish: always by a decision, which says why."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common.actors import Actor
from common.errors import Conflict, NotAllowed
from videos import policies
from videos.models import Video
from videos.services.changes import locked, move, record_all, revoke_live_share, void_standing_approval
from videos.states import Enforcement


@transaction.atomic
def take_down(*, actor: Actor, video: Video, decision_id: UUID) -> bool:
    """End the share, void the approval and keep the video from being approved again; False when it was down already.

    The decision tells its owner why. The event names it, so that an appeal can undo this step and no other.
    """
    video = locked(video)
    if not policies.can_take_down(actor, video):
        raise NotAllowed(_("A reviewer or an admin other than the owner takes a video down."))
    if video.enforcement == Enforcement.TAKEN_DOWN:
        return False
    reason = _("Taken down: the statement of reasons says why.")
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
