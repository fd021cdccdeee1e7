"""Telling people: what is written, what is mailed, and what happens when something is away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.db import transaction

from common.clock import now
from common.errors import NotFound
from notifications import mail
from notifications.models import Notification
from notifications.selectors import unread_count
from notifications.services import SENDING_TIME, mark_all_read, mark_read, notify, send_mail_to_address
from notifications.tasks import send, send_unsent
from tests.factories import UserFactory
from tests.notifications.broken_mail import AWAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def mira():
    return UserFactory(email="mira@example.org")


def tell(user, **changes) -> Notification:
    given = {"kind": "review.approved", "subject": "Approved", "body": "You can share it now.", "path": "/videos/1/"}
    return notify(recipient=user, **(given | changes))


def test_the_mail_leaves_only_after_the_commit(mira, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        notification = tell(mira)
    assert len(callbacks) == 1
    assert outbox.outbox == []
    assert send(str(notification.pk)) is True
    assert [message.to for message in outbox.outbox] == [["mira@example.org"]]


def test_a_rolled_back_cause_tells_nobody(mira, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        tell(mira)
        transaction.set_rollback(True)
    assert callbacks == []
    assert not Notification.objects.exists()


def test_the_same_message_twice_sends_one_mail(mira):
    notification = tell(mira)
    assert [send(str(notification.pk)), send(str(notification.pk)), send_unsent()] == [True, False, 0]
    assert len(outbox.outbox) == 1


@pytest.mark.usefixtures("broker_away")
def test_a_broker_that_is_away_fails_nothing(mira, django_capture_on_commit_callbacks, caplog):
    with django_capture_on_commit_callbacks(execute=True):
        tell(mira)
    assert "The broker is away" in caplog.text
    assert send_unsent() == 1


def test_a_mail_server_that_was_away_is_tried_again_later(mira, settings, monkeypatch):
    monkeypatch.setattr(mail, "PAUSES", ())
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, AWAY
    notification = tell(mira)
    assert send(str(notification.pk)) is False
    settings.EMAIL_BACKEND = working
    assert send_unsent() == 0, "it waits a while before it asks again"
    Notification.objects.update(sending_since=now() - SENDING_TIME - timedelta(seconds=1))
    assert send_unsent() == 1
    notification.refresh_from_db()
    assert notification.emailed_at is not None


def test_one_bad_address_does_not_hold_up_the_others(mira):
    tell(UserFactory(email="not an address"))
    tell(mira)
    assert send_unsent() == 1
    assert [message.to for message in outbox.outbox] == [["mira@example.org"]]


def test_old_news_and_closed_accounts_are_not_mailed(mira):
    old = tell(mira)
    Notification.objects.filter(pk=old.pk).update(created_at=now() - timedelta(days=4))
    tell(UserFactory(is_active=False))
    assert send_unsent() == 0


def test_a_title_with_a_line_break_does_not_break_the_mail(mira):
    notification = tell(mira, subject="“Rain\r\nBcc: x@example.org” was approved")
    assert send(str(notification.pk)) is True
    assert outbox.outbox[0].message()["Bcc"] is None


def test_reading_is_noted_once(mira):
    notification = tell(mira)
    assert unread_count(mira) == 1
    first = mark_read(actor=mira, notification=notification).read_at
    assert unread_count(mira) == 0
    assert mark_read(actor=mira, notification=notification).read_at == first


def test_nobody_reads_for_somebody_else(mira):
    notification = tell(mira)
    with pytest.raises(NotFound):
        mark_read(actor=UserFactory(), notification=notification)
    assert unread_count(mira) == 1


def test_all_can_be_read_at_once(mira):
    other = UserFactory()
    for person in (mira, mira, other):
        tell(person)
    assert mark_all_read(actor=mira) == 2
    assert [unread_count(mira), unread_count(other)] == [0, 1]


def test_a_mail_to_an_address_is_kept_nowhere_else(django_capture_on_commit_callbacks, caplog):
    with django_capture_on_commit_callbacks(execute=True):
        send_mail_to_address(
            address="new@example.org", subject="Come", body="In.", path="/invitations/s3cret/", action_label="Accept"
        )
        assert outbox.outbox == []
    assert "s3cret" in outbox.outbox[0].body
    assert not Notification.objects.exists()
    assert "s3cret" not in caplog.text
