"""Who may see which bytes of a video now.

Pages, media views, the API and the admin all ask here, on every request; nothing is remembered between two of them.
Insiders are let in by the rules of `settings.VIDEO_ACCESS_RULES` (each app above adds its own), the public by a live
share alone. Hidden and missing raise the same `NotFound`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import ApiToken, User
from accounts.states import Scope
from common.errors import NotAllowed, NotFound
from videos.models import Rendition, ShareGrant, Video
from videos.selectors import approved_renditions, live_grants
from videos.states import SHOWN_KINDS, RenditionKind

if TYPE_CHECKING:
    from rest_framework.request import Request

SHARE_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,40}")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: a person in their own session, a person's API token, or nobody known."""

    user: User | None
    token: ApiToken | None = None

    def may(self, scope: Scope | None) -> bool:
        """Sessions may all that their person may; tokens only what they were given. None is given to no token."""
        return self.token is None or (scope is not None and scope in self.token.scopes)


def viewer_of(request: HttpRequest | Request) -> Viewer:
    """The viewer behind a request of Django's or of REST framework's."""
    user = getattr(request, "user", None)
    token = getattr(request, "auth", None)
    if not isinstance(user, User) and user is not None:
        user = getattr(user, "_wrapped", user)  # Django's lazy user
    if not isinstance(user, User) or not user.is_active:
        return Viewer(None)
    return Viewer(user, token if isinstance(token, ApiToken) else None)


class AccessRule(ABC):
    """One reason why an insider may see a video. Subclasses say who (`filter`) and what (`kinds`)."""

    kinds: frozenset[RenditionKind] = frozenset()
    # The scope that an API token needs for the bytes; None: no token ever gets them by this rule.
    token_scope: Scope | None = None

    @abstractmethod
    def filter(self, viewer: Viewer) -> Q:
        """The videos that the rule opens to this viewer, as a condition on Video."""

    def allows(self, viewer: Viewer, video: Video) -> bool:
        return Video.objects.filter(self.filter(viewer), pk=video.pk).exists()

    def describe(self, video: Video) -> str:
        """A line for the box "who may see this now"; empty when the rule opens the video to nobody now."""
        return ""


class OwnerRule(AccessRule):
    """The owner sees all, in their own session; a token needs the scope that only an admin grants."""

    kinds = frozenset(RenditionKind)
    token_scope = Scope.MEDIA_PRIVATE

    def filter(self, viewer: Viewer) -> Q:
        return Q(owner=viewer.user) if viewer.user else Q(pk__in=[])

    def allows(self, viewer: Viewer, video: Video) -> bool:
        return viewer.user is not None and viewer.user.pk == video.owner_id

    def describe(self, video: Video) -> str:
        return _("You, when you are signed in.")


def access_rules() -> Sequence[AccessRule]:
    return _load(tuple(settings.VIDEO_ACCESS_RULES))


@lru_cache
def _load(paths: tuple[str, ...]) -> tuple[AccessRule, ...]:
    return tuple(import_string(path)() for path in paths)


def visible_videos(viewer: Viewer) -> QuerySet[Video]:
    """The videos of which the viewer may see something, as an insider."""
    condition = Q(pk__in=[])
    for rule in access_rules():
        # A subquery a rule: no rule's joins can multiply the rows of another.
        condition |= Q(pk__in=Video.objects.filter(rule.filter(viewer)).order_by().values("pk"))
    return Video.objects.filter(condition)


def visible_rendition(viewer: Viewer, video_id: UUID, kind: str) -> Rendition:
    """The rendition, if any rule opens its bytes to this viewer.

    NotFound when none does. NotAllowed tells a token only of what its own person may see in a session.
    """
    if viewer.user is None or kind not in RenditionKind.values:
        raise NotFound
    rendition = Rendition.objects.current().select_related("video").filter(video=video_id, kind=kind).first()
    if rendition is None:
        raise NotFound
    opened = [r for r in access_rules() if rendition.kind in r.kinds and r.allows(viewer, rendition.video)]
    if not opened:
        raise NotFound
    if not any(viewer.may(rule.token_scope) for rule in opened):
        raise NotAllowed(_("This token may not fetch private media."), code="scope_missing")
    return rendition


def live_share(share_token: str) -> ShareGrant:
    """The open share at this address, or NotFound."""
    grant = None
    if SHARE_TOKEN.fullmatch(share_token):
        grant = live_grants().select_related("video__owner__participant", "approval").filter(token=share_token).first()
    if grant is None:
        raise NotFound
    return grant


def public_rendition(share_token: str, kind: str) -> Rendition:
    """What the public may see at this address: a rendition that the standing approval names, byte for byte."""
    if kind not in SHOWN_KINDS:
        raise NotFound
    grant = live_share(share_token)
    rendition = approved_renditions(grant.approval).select_related("video").filter(kind=kind).first()
    if rendition is None:
        raise NotFound
    return rendition


def is_public(video: Video) -> bool:
    return live_grants().filter(video=video).exists()


def who_may_see(video: Video) -> list[str]:
    """One line for each sort of person who may see the video now, for its owner's eyes."""
    lines = [line for rule in access_rules() if (line := rule.describe(video))]
    lines.append(_("Anybody who has the link of the share.") if is_public(video) else _("Nobody else."))
    return lines
