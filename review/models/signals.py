"""What software noticed in a work. It orders the queue and points; it never decides."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7
from review.states import SignalKind, SignalState
from videos.models import Rendition, Video


class Signal(models.Model):
    """One look of one detector at one share copy.

    `hits` is a list of `{"at_ms", "frame", "box", "label", "score", "video"}` (what a kind does not know is left out):
    where the detector fired, for the reviewer to look at.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    video = models.ForeignKey(Video, models.PROTECT, related_name="signals")
    rendition = models.ForeignKey(Rendition, models.PROTECT, related_name="signals")
    kind = models.CharField(_("kind"), max_length=20, choices=SignalKind)
    state = models.CharField(_("state"), max_length=10, choices=SignalState, default=SignalState.PENDING)
    score = models.FloatField(_("score"), null=True, blank=True)  # 0..1
    fired = models.BooleanField(_("fired"), default=False)
    hits = models.JSONField(_("where"), default=list, blank=True)
    detector = models.CharField(_("detector"), max_length=60, blank=True, default="")
    detector_version = models.CharField(_("version"), max_length=40, blank=True, default="")
    fault = models.CharField(_("why it is missing"), max_length=200, blank=True, default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering = ("kind", "id")
        verbose_name = _("signal")
        verbose_name_plural = _("signals")
        constraints = (
            models.UniqueConstraint(name="signal_one_a_kind", fields=("rendition", "kind")),
            models.CheckConstraint(name="signal_kind", condition=Q(kind__in=SignalKind.values)),
            models.CheckConstraint(name="signal_state", condition=Q(state__in=SignalState.values)),
            models.CheckConstraint(name="signal_fires_when_done", condition=Q(fired=False) | Q(state=SignalState.DONE)),
            models.CheckConstraint(
                name="signal_score", condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=1)
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class FrameHash(models.Model):
    """The PDQ hash of one frame of a share copy: 256 bits as 64 hexadecimal digits, and of the frame mirrored."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rendition = models.ForeignKey(Rendition, models.PROTECT, related_name="frame_hashes")
    at_ms = models.PositiveIntegerField(_("time"))
    pdq = models.CharField("PDQ", max_length=64)
    pdq_mirrored = models.CharField(_("PDQ, mirrored"), max_length=64)
    quality = models.PositiveSmallIntegerField(_("quality"))  # 0..100, PDQ's own

    class Meta:
        ordering = ("at_ms",)
        verbose_name = _("frame's hash")
        verbose_name_plural = _("frames' hashes")
        constraints = (models.UniqueConstraint(name="frame_hash_once", fields=("rendition", "at_ms")),)

    def __str__(self) -> str:
        return self.pdq[:12]
