"""Who may do what with a video. What they may *see* is `videos.visibility`."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.models import User
from videos import selectors, visibility
from videos.models import Video
from videos.states import Enforcement, RenditionKind


def visible_to(user: object) -> QuerySet[Video]:
    """The videos of which this person may see something in their own session."""
    return visibility.visible_videos(visibility.Viewer(user if isinstance(user, User) else None))


def is_owner(user: object, video: Video) -> bool:
    return isinstance(user, User) and user.is_active and user.pk == video.owner_id


def can_rename(user: object, video: Video) -> bool:
    return is_owner(user, video)


def can_caption(user: object, video: Video) -> bool:
    return is_owner(user, video)


def can_trim(user: object, video: Video) -> bool:
    return is_owner(user, video)


def can_share(user: object, video: Video) -> bool:
    """Its owner may, while an approval of the present bytes stands."""
    if not is_owner(user, video) or video.enforcement != Enforcement.SHAREABLE:
        return False
    approval = video.approvals.filter(voided_at=None).exclude(approver=video.owner_id).first()
    if approval is None:
        return False
    return selectors.approved_renditions(approval).filter(kind=RenditionKind.SHARE_COPY).exists()


def can_revoke_share(user: object, video: Video) -> bool:
    return is_owner(user, video) or is_admin(user)


def can_take_down(user: object, video: Video) -> bool:
    """Whoever may decide about other people's work: a reviewer about a report, an admin of their own accord."""
    return isinstance(user, User) and (user.is_reviewer or user.is_admin) and user.pk != video.owner_id


def is_admin(user: object) -> bool:
    return isinstance(user, User) and user.is_admin
