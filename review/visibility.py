"""What an open case adds to who may see a video (`settings.VIDEO_ACCESS_RULES`)."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accounts.states import Scope
from common.clock import now
from review import policies
from review.models import CalibrationItem, Claim
from review.selectors.pointers import SIDE_BY_SIDE, likened_to, refused
from review.selectors.practice import usable
from review.states import CaseState
from videos.models import Video
from videos.states import SHOWN_KINDS
from videos.visibility import AccessRule, Viewer


class OpenClaimRule(AccessRule):
    """A reviewer sees what can be shared, while holding a live claim on an open case of the video. Never the original.

    An expired claim shows nothing, swept or not; nor does a claim on one's own work, should one ever exist.
    """

    kinds = frozenset(SHOWN_KINDS)
    token_scope = Scope.REVIEW

    def filter(self, viewer: Viewer) -> Q:
        if viewer.user is None or not viewer.user.is_reviewer:
            return Q(pk__in=[])
        held = policies.held_by(viewer.user).filter(case__state=CaseState.CLAIMED, case__video=OuterRef("pk"))
        return Q(Exists(held))

    def describe(self, video: Video) -> str:
        alive = Claim.objects.filter(ended_at=None, expires_at__gt=now(), case__state=CaseState.CLAIMED)
        if not alive.filter(case__video=video, case__golden=None).exists():
            return ""
        return _("One reviewer, until the case is decided: the share copy, never the original.")


class LikenessRule(AccessRule):
    """The same reviewer sees the stills of the refused works that a detector found the video to be like.

    Only those that the near-duplicate signal of the share copy names, only while they stand refused, and only poster
    and storyboard: enough to compare, and never the video itself.
    """

    kinds = frozenset(SIDE_BY_SIDE)
    token_scope = Scope.REVIEW

    def filter(self, viewer: Viewer) -> Q:
        if viewer.user is None or not viewer.user.is_reviewer:
            return Q(pk__in=[])
        held = policies.held_by(viewer.user).filter(case__state=CaseState.CLAIMED)
        named = likened_to(held.values_list("case__video", flat=True))
        return Q(pk__in=refused(named).values("pk")) if named else Q(pk__in=[])

    def describe(self, video: Video) -> str:
        alive = Claim.objects.filter(ended_at=None, expires_at__gt=now(), case__state=CaseState.CLAIMED)
        others = alive.exclude(case__video=video).values_list("case__video", flat=True)
        if video.pk not in likened_to(others) or not refused([video.pk]).exists():
            return ""
        return _(
            "One reviewer, until another case is decided: poster and storyboard, to compare with a work that a "
            "detector found to be like this one. Never the video."
        )


class PracticeRule(AccessRule):
    """Every reviewer sees the works of calibration rounds, while these are works that may be practised on."""

    kinds = frozenset(SHOWN_KINDS)
    token_scope = Scope.REVIEW

    def filter(self, viewer: Viewer) -> Q:
        if viewer.user is None or not viewer.user.is_reviewer:
            return Q(pk__in=[])
        items = CalibrationItem.objects.filter(video=OuterRef("pk"))
        return Q(Exists(items)) & Q(pk__in=usable().values("pk"))

    def describe(self, video: Video) -> str:
        if not usable().filter(pk=video.pk, pk__in=CalibrationItem.objects.values("video")).exists():
            return ""
        return _("The reviewers, who practise on it: the share copy, never the original.")
