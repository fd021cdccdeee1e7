"""What an e-mail looks like, and that nothing can be smuggled into it."""

from __future__ import annotations

import socket

import pytest
from django.core import mail as outbox

from common.errors import Invalid
from notifications import mail
from tests.notifications.broken_mail import AWAY, Flaky

LINK = "/invitations/a-secret/"


def compose(**changes):
    given = {"address": "mira@example.org", "subject": "You are invited", "body": "Come in.", "path": LINK}
    return mail.compose(**(given | {"action_label": "Accept"} | changes))


def html_of(message) -> str:
    return next(part.content for part in message.alternatives if part.mimetype == "text/html")


def test_both_parts_say_the_same_and_hold_one_link(settings):
    settings.SITE_URL = "https://dailies.example.org"
    message = compose(body="First.\n\nSecond,\non two lines.")
    html = html_of(message)
    for part in (message.body, html):
        assert "First." in part
        assert "Second," in part
        assert f"https://dailies.example.org{LINK}" in part
        assert "Accept" in part
    assert html.count(LINK) == 1
    assert "max-width:600px" in html
    assert "prefers-color-scheme: dark" in html


def test_a_mail_without_a_link_has_no_button():
    assert "display:inline-block" not in html_of(compose(path=""))


def test_markup_in_the_text_stays_text():
    message = compose(body="<script>alert(1)</script> & more", subject="<b>bold</b>")
    assert "<script>" not in html_of(message)
    assert "&lt;script&gt;" in html_of(message)
    assert "<script>alert(1)</script> & more" in message.body


@pytest.mark.parametrize("breaker", ["\n", "\r\n", "\r", "\x00", "\x0b", "\x85", "\u2028", "\u2029"])
def test_a_subject_cannot_add_a_header(breaker):
    message = compose(subject=f"Rain{breaker}Bcc: everyone@example.org")
    headers = message.message()
    assert headers["Bcc"] is None
    assert message.subject == "Rain Bcc: everyone@example.org"


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@example.org\nBcc: b@example.org", "a@example.org, b@example.org", "a b@example.org"]
)
def test_only_one_plain_address_is_mailed(address):
    with pytest.raises(Invalid) as refused:
        compose(address=address)
    assert refused.value.fields[0].field == "email"


@pytest.mark.parametrize(
    "path", ["https://evil.example", "//evil.example", "javascript:x", "/a\n/b", "/\\evil.example"]
)
def test_a_mail_links_to_this_site_only(path):
    with pytest.raises(ValueError, match="this site"):
        compose(path=path)


def test_a_long_subject_is_cut_with_an_ellipsis():
    assert mail.one_line("a" * 300, limit=200) == "a" * 199 + "…"


def test_robots_are_asked_to_stay_silent():
    assert compose().message()["Auto-Submitted"] == "auto-generated"


def test_a_mail_server_that_hiccups_is_asked_again(settings, monkeypatch):
    monkeypatch.setattr(mail, "PAUSES", (0, 0))
    settings.EMAIL_BACKEND = f"{Flaky.__module__}.Flaky"
    Flaky.failures_left = 2
    mail.deliver(compose())
    assert [message.to for message in outbox.outbox] == [["mira@example.org"]]


def test_a_mail_server_that_stays_away_is_reported_without_the_secret(settings, monkeypatch, caplog):
    monkeypatch.setattr(mail, "PAUSES", (0, 0))
    settings.EMAIL_BACKEND = AWAY
    with pytest.raises(mail.MailNotSent) as away:
        mail.deliver(compose())
    assert (away.value.status, away.value.code) == (503, "mail_not_sent")
    assert "a-secret" not in caplog.text + str(away.value)
    assert outbox.outbox == []


def test_a_mail_server_that_says_nothing_is_waited_for_once_and_not_for_ever(settings, monkeypatch):
    monkeypatch.setattr(mail, "PAUSES", (0, 0))
    assert 0 < settings.EMAIL_TIMEOUT <= 15
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = silent.getsockname()
        settings.EMAIL_TIMEOUT = 0.05
        with pytest.raises(mail.MailNotSent):
            mail.deliver(compose())
        silent.accept()[0].close()
        silent.settimeout(0.05)
        with pytest.raises(TimeoutError):
            silent.accept()
