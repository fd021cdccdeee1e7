"""The work itself: videos, their bytes, who approved which bytes, and who shares them.

Triggers (see the migration) hold I2 in both databases: a live ShareGrant needs a standing Approval of exactly the
bytes that it serves, by somebody other than the owner, and nothing that it rests on can change under it.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import unguessable, uuid7
from videos.states import Enforcement, RenditionKind, TrimFailure, TrimState


class Video(models.Model):
    """One finished work. Whether anybody else may see it is computed by `videos.visibility`, never stored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="videos")
    title = models.CharField(_("title"), max_length=120, blank=True)
    width = models.PositiveIntegerField(_("width"))  # pixels
    height = models.PositiveIntegerField(_("height"))  # pixels
    fps = models.PositiveSmallIntegerField(_("frames a second"))
    frame_count = models.PositiveIntegerField(_("frames"))
    enforcement = models.CharField(_("enforcement"), max_length=20, choices=Enforcement, default=Enforcement.PRIVATE)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("video")
        verbose_name_plural = _("videos")
        constraints = (
            models.CheckConstraint(name="video_enforcement", condition=Q(enforcement__in=Enforcement.values)),
            models.CheckConstraint(
                name="video_has_pictures",
                condition=Q(width__gte=1, height__gte=1, fps__gte=1, frame_count__gte=1),
            ),
        )
        indexes = (models.Index(name="video_by_owner", fields=("owner", "-id")),)

    def __str__(self) -> str:
        # Without the title: the admin panel prints this, and titles are their artist's.
        return str(self.id)

    @property
    def seconds(self) -> float:
        return self.frame_count / self.fps


class RenditionQuerySet(models.QuerySet["Rendition"]):
    """Renditions."""

    def current(self) -> RenditionQuerySet:
        """Those that no other one has taken the place of."""
        return self.filter(replaced_at=None)


class Rendition(models.Model):
    """One file of a video: its bytes are named by their SHA-256 and never change.

    Other bytes are another rendition: the older one stays for the decisions and approvals that name it, is `replaced`
    for good, and is shown to nobody.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    video = models.ForeignKey(Video, models.PROTECT, related_name="renditions")
    kind = models.CharField(_("kind"), max_length=20, choices=RenditionKind)
    storage_key = models.CharField(_("storage key"), max_length=200, unique=True, editable=False)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveBigIntegerField(_("size"))  # bytes
    content_type = models.CharField(_("content type"), max_length=60)
    width = models.PositiveIntegerField(_("width"), null=True)
    height = models.PositiveIntegerField(_("height"), null=True)
    language = models.CharField(
        _("language"), max_length=35, blank=True, default="", db_default=""
    )  # BCP 47, of captions
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    replaced_at = models.DateTimeField(_("replaced"), null=True, blank=True)

    objects = RenditionQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        verbose_name = _("rendition")
        verbose_name_plural = _("renditions")
        constraints = (
            models.UniqueConstraint(
                name="rendition_one_a_kind", fields=("video", "kind"), condition=Q(replaced_at__isnull=True)
            ),
            models.CheckConstraint(name="rendition_kind", condition=Q(kind__in=RenditionKind.values)),
            models.CheckConstraint(name="rendition_not_empty", condition=Q(size__gte=1)),
            models.CheckConstraint(
                name="rendition_language_of_captions",
                condition=Q(kind=RenditionKind.CAPTIONS) | Q(language=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.sha256[:12]}"


class Approval(models.Model):
    """That somebody other than the owner watched these bytes and agreed that they may be shared.

    It stands until `voided_at`. It names each rendition that was watched in `ApprovedRendition`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    video = models.ForeignKey(Video, models.PROTECT, related_name="approvals")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    # The review's Decision. No foreign key: videos know nothing of review.
    decision_id = models.UUIDField(_("decision"), unique=True)
    approved_at = models.DateTimeField(_("approved"), auto_now_add=True)
    voided_at = models.DateTimeField(_("voided"), null=True, blank=True)
    void_reason = models.CharField(_("why voided"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        constraints = (
            models.UniqueConstraint(
                name="approval_one_standing", fields=("video",), condition=Q(voided_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.video_id} {self.approved_at:%Y-%m-%d}"


class ApprovedRendition(models.Model):
    """One rendition that an approval covers, with the SHA-256 that was watched."""

    approval = models.ForeignKey(Approval, models.PROTECT, related_name="renditions")
    rendition = models.ForeignKey(Rendition, models.PROTECT, related_name="+")
    sha256 = models.CharField(_("SHA-256"), max_length=64)

    class Meta:
        verbose_name = _("approved rendition")
        verbose_name_plural = _("approved renditions")
        constraints = (models.UniqueConstraint(name="approved_rendition_once", fields=("approval", "rendition")),)

    def __str__(self) -> str:
        return self.sha256[:12]


class ShareGrant(models.Model):
    """A public address of a video, live until revoked. The address is the token."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    video = models.ForeignKey(Video, models.PROTECT, related_name="share_grants")
    approval = models.ForeignKey(Approval, models.PROTECT, related_name="share_grants")
    token = models.CharField(_("address"), max_length=40, unique=True, default=unguessable, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_reason = models.CharField(_("why revoked"), max_length=200, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("share grant")
        verbose_name_plural = _("share grants")
        constraints = (
            models.UniqueConstraint(
                name="share_grant_one_live", fields=("video",), condition=Q(revoked_at__isnull=True)
            ),
        )

    def __str__(self) -> str:
        return f"{self.video_id} {'revoked' if self.revoked_at else 'live'}"


class Trim(models.Model):
    """A cut at both ends: it makes another private video of the frames from `first_frame` to `last_frame`.

    Frames count from 0, and both are in. Whoever cuts holds a lease; `attempts` is its fencing token.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    video = models.ForeignKey(Video, models.PROTECT, related_name="trims")
    first_frame = models.PositiveIntegerField(_("first frame"))
    last_frame = models.PositiveIntegerField(_("last frame"))
    state = models.CharField(_("state"), max_length=10, choices=TrimState, default=TrimState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    frames_done = models.PositiveIntegerField(_("frames done"), default=0)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=12, choices=TrimFailure, blank=True, default="")
    result = models.OneToOneField(Video, models.PROTECT, null=True, blank=True, related_name="trimmed_from")
    created_at = models.DateTimeField(_("asked for"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("trim")
        verbose_name_plural = _("trims")
        constraints = (
            models.CheckConstraint(name="trim_state", condition=Q(state__in=TrimState.values)),
            models.CheckConstraint(name="trim_order", condition=Q(first_frame__lte=models.F("last_frame"))),
            models.CheckConstraint(
                name="trim_running_has_a_lease",
                condition=Q(state=TrimState.RUNNING, lease_until__isnull=False)
                | (~Q(state=TrimState.RUNNING) & Q(lease_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="trim_completed_has_a_video",
                condition=Q(state=TrimState.COMPLETED, result__isnull=False)
                | (~Q(state=TrimState.COMPLETED) & Q(result__isnull=True)),
            ),
            models.CheckConstraint(
                name="trim_failed_says_why",
                condition=Q(state=TrimState.FAILED, failure__in=TrimFailure.values)
                | (~Q(state=TrimState.FAILED) & Q(failure="")),
            ),
        )
        indexes = (
            models.Index(name="trim_open", fields=("state", "id"), condition=Q(state__in=["queued", "running"])),
        )

    def __str__(self) -> str:
        return f"{self.video_id} {self.first_frame}-{self.last_frame}"

    @property
    def frame_count(self) -> int:
        return self.last_frame - self.first_frame + 1
