"""Telling people: in the pages, and by e-mail once the transaction is safe."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import UUID

from celery import signature
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from common.broker import send_task
from common.clock import now
from common.errors import NotFound
from notifications import mail
from notifications.models import Notification

# By name: the tasks call these services.
SEND = "notifications.tasks.send"
# A process that took a mail and died gives it back after this long.
SENDING_TIME = timedelta(minutes=5)
# Older news than this would confuse more than it tells; it stays readable in the pages.
WORTH_SENDING = timedelta(days=3)


def notify(
    *, recipient: User, kind: str, subject: str, body: str, path: str = "", action_label: str = ""
) -> Notification:
    """Write one message to one person inside the caller's transaction; the e-mail follows on commit.

    The cause's own audit event tells that the person was told: a notification is no state of its own.
    """
    notification = Notification.objects.create(
        recipient=recipient,
        kind=kind,
        subject=mail.one_line(subject, limit=200),
        body=body,
        path=mail.checked_path(path),
        action_label=mail.one_line(action_label, limit=60),
    )
    transaction.on_commit(partial(send_task, signature(SEND), str(notification.pk)))
    return notification


def mark_read(*, actor: User, notification: Notification) -> Notification:
    """Note when the recipient read it; reading it again changes nothing."""
    if notification.recipient_id != actor.pk:
        raise NotFound
    Notification.objects.filter(pk=notification.pk, read_at__isnull=True).update(read_at=now())
    notification.refresh_from_db(fields=["read_at"])
    return notification


def mark_all_read(*, actor: User) -> int:
    """Note that everything so far was read; says how many messages were new."""
    return Notification.objects.filter(recipient=actor, read_at__isnull=True).update(read_at=now())


def unsent() -> QuerySet[Notification]:
    """What is worth a mail and has none, and nobody is at it."""
    moment = now()
    return Notification.objects.filter(
        Q(sending_since__isnull=True) | Q(sending_since__lt=moment - SENDING_TIME),
        emailed_at__isnull=True,
        created_at__gte=moment - WORTH_SENDING,
        recipient__is_active=True,
    )


def take_to_send(*, notification_id: UUID) -> Notification | None:
    """The notification, for one process to mail; nothing when it is mailed, or being mailed, already."""
    if not unsent().filter(pk=notification_id).update(sending_since=now()):
        return None
    return Notification.objects.select_related("recipient").get(pk=notification_id)


def note_sent(*, notification: Notification) -> None:
    """Note that its mail has left."""
    Notification.objects.filter(pk=notification.pk).update(emailed_at=now(), sending_since=None)


def send_mail_to_address(*, address: str, subject: str, body: str, path: str, action_label: str) -> None:
    """Mail an address that has no account yet, once the caller's transaction is committed.

    The link may hold a secret (an invitation's), so it exists in the mail alone: no row, no message on the broker,
    no line in the log. Hence it goes out in the caller's own process; `mail.MailNotSent` tells the caller, whose
    transaction stands, when the mail server stays away.
    """
    message = mail.compose(address=address, subject=subject, body=body, path=path, action_label=action_label)
    transaction.on_commit(partial(mail.deliver, message))
