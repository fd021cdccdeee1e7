"""Mail servers that fail."""

from smtplib import SMTPServerDisconnected

from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend

AWAY = f"{__name__}.Away"


class Away(BaseEmailBackend):
    """Never answers."""

    def send_messages(self, email_messages):
        raise ConnectionRefusedError("no mail server here")


class Flaky(EmailBackend):
    """Drops the first `failures_left` connections."""

    failures_left = 0

    def send_messages(self, email_messages):
        if Flaky.failures_left:
            Flaky.failures_left -= 1
            raise SMTPServerDisconnected("hiccup")
        return super().send_messages(email_messages)
