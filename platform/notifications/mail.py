"""How an e-mail of ours looks, and how it leaves."""

from __future__ import annotations

import logging
import time
import unicodedata
from smtplib import SMTPException

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from common.errors import FieldError, Invalid, Unavailable

log = logging.getLogger(__name__)

# Seconds before the second and the third try: somebody is waiting for the page.
PAUSES = (0.3, 1.0)


class MailNotSent(Unavailable):
    """The mail server refused or did not answer."""

    code = "mail_not_sent"
    retry_after = 300


def one_line(text: str, *, limit: int) -> str:
    """`text` as it may stand in a header: no line breaks, no control characters, not too long."""
    visible = "".join(" " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char for char in text)
    line = " ".join(visible.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def checked_path(path: str) -> str:
    """A path on this site, or nothing; an address of another site has no place in our mails."""
    if path and (not path.startswith("/") or path.startswith("//") or not path.isprintable() or "\\" in path):
        raise ValueError("A mail links to a path on this site that begins with one slash.")
    return path


def compose(*, address: str, subject: str, body: str, path: str = "", action_label: str = "") -> EmailMultiAlternatives:
    """One message as text and as HTML, with at most one button."""
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid([FieldError("email", _("This is not an e-mail address."))]) from error
    context = {
        "subject": one_line(subject, limit=200),
        "paragraphs": [part.strip() for part in body.replace("\r\n", "\n").split("\n\n") if part.strip()],
        "link": f"{settings.SITE_URL}{checked_path(path)}" if path else "",
        "action_label": action_label or _("Open Dailies"),
        "site": settings.SITE_URL,
    }
    message = EmailMultiAlternatives(
        subject=str(context["subject"]),
        body=render_to_string("notifications/mail.txt", context),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
        # Out-of-office robots stay silent on these.
        headers={"Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("notifications/mail.html", context), "text/html")
    return message


def deliver(message: EmailMultiAlternatives) -> None:
    """Send it, with two more tries; `MailNotSent` when the mail server stays away.

    One that is silent is not asked again: somebody has waited for `settings.EMAIL_TIMEOUT` already.
    """
    began = time.monotonic()
    for pause in (*PAUSES, None):
        try:
            message.send()
        except (SMTPException, OSError) as error:
            log.warning("A mail could not be sent: %s", type(error).__name__)
            if pause is None or time.monotonic() - began >= settings.EMAIL_TIMEOUT:
                sentence = _("The mail could not be sent: the mail server does not answer. Try again in some minutes.")
                raise MailNotSent(sentence) from error
            time.sleep(pause)
        else:
            return
