"""Sending the e-mails of notifications: each at least once, and by one process at a time."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.db.models import Q, QuerySet

from common.clock import now
from common.errors import Invalid
from notifications import mail
from notifications.models import Notification

log = logging.getLogger(__name__)

# A process that took a mail and died gives it back after this long.
SENDING_TIME = timedelta(minutes=5)
# Older news than this would confuse more than it tells; it stays readable in the pages.
WORTH_SENDING = timedelta(days=3)
BATCH = 200


@shared_task
def send(notification_id: str) -> bool:
    """Send one e-mail unless it is sent, or being sent, already."""
    taken = _unsent().filter(pk=UUID(notification_id)).update(sending_since=now())
    if not taken:
        return False
    notification = Notification.objects.select_related("recipient").get(pk=notification_id)
    try:
        mail.deliver(
            mail.compose(
                address=notification.recipient.email,
                subject=notification.subject,
                body=notification.body,
                path=notification.path,
                action_label=notification.action_label,
            )
        )
    except (mail.MailNotSent, Invalid):
        # It stays taken for SENDING_TIME, which is the pause before the next try.
        log.warning("Notification %s is not mailed yet.", notification_id)
        return False
    Notification.objects.filter(pk=notification.pk).update(emailed_at=now(), sending_since=None)
    return True


@shared_task
def send_unsent() -> int:
    """Send what a lost message, a crash or a mail server's silence left behind; says how many went out."""
    waiting = _unsent().order_by("id").values_list("pk", flat=True)[:BATCH]
    return sum(send(str(pk)) for pk in waiting)


def _unsent() -> QuerySet[Notification]:
    moment = now()
    return Notification.objects.filter(
        Q(sending_since__isnull=True) | Q(sending_since__lt=moment - SENDING_TIME),
        emailed_at__isnull=True,
        created_at__gte=moment - WORTH_SENDING,
        recipient__is_active=True,
    )
