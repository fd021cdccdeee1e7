"""What a person is told, in the pages and by e-mail."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.ids import uuid7


class Notification(models.Model):
    """One message to one person. Written in the transaction of its cause; the e-mail goes out on commit."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notifications")
    kind = models.CharField(_("kind"), max_length=40)  # "review.approved"
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), blank=True)
    path = models.CharField(_("link"), max_length=200, blank=True)  # path on this site, "/videos/…"
    action_label = models.CharField(_("button"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    emailed_at = models.DateTimeField(_("e-mailed"), null=True, blank=True)
    # Set while one process sends it, so that no second one does; `tasks.SENDING_TIME` later it is anybody's again.
    sending_since = models.DateTimeField(_("being e-mailed since"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = (
            models.Index(name="notification_by_recipient", fields=("recipient", "-id")),
            models.Index(name="notification_unsent", fields=("created_at",), condition=Q(emailed_at__isnull=True)),
        )

    def __str__(self) -> str:
        return self.subject
