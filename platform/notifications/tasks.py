"""Sending the e-mails of notifications: each at least once, and by one process at a time."""

from __future__ import annotations

import logging
from uuid import UUID

from celery import shared_task

from common.errors import Invalid
from notifications import mail, services

log = logging.getLogger(__name__)

BATCH = 200


@shared_task
def send(notification_id: str) -> bool:
    """Send one e-mail unless it is sent, or being sent, already."""
    notification = services.take_to_send(notification_id=UUID(notification_id))
    if notification is None:
        return False
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
        # It stays taken for `services.SENDING_TIME`, which is the pause before the next try.
        log.warning("Notification %s is not mailed yet.", notification_id)
        return False
    services.note_sent(notification=notification)
    return True


@shared_task
def send_unsent() -> int:
    """Send what a lost message, a crash or a mail server's silence left behind; says how many went out."""
    waiting = services.unsent().order_by("id").values_list("pk", flat=True)[:BATCH]
    return sum(send(str(pk)) for pk in waiting)
