"""django-allauth signs people in and changes passwords; it never makes an account."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.client_address import client_address
from accounts.models import User
from accounts.services import set_password


class ClosedAccountAdapter(DefaultAccountAdapter):
    """Closed sign-up in every path: an invitation makes its account through `accounts.services`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        # A server behind a Unix socket has no client address; then all share one rate limit.
        return client_address(request) or "0.0.0.0"  # noqa: S104  an address that nobody has, not a bind

    def set_password(self, user: User, password: str) -> None:
        """Called by every way in which somebody comes to another password: with the old one, or with a mailed link."""
        match = self.request.resolver_match
        forgotten = match is not None and "reset" in (match.url_name or "")
        set_password(actor=user, user=user, password=password, forgotten=forgotten)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail in the shape of all our mails. Links lead to SITE_URL, whatever Host the request claimed."""
        send = import_string(settings.ADDRESS_MAILER)
        link = context.get("password_reset_url")
        send(
            address=email,
            subject=render_to_string(f"{template_prefix}_subject.txt", context).strip(),
            body=render_to_string(f"{template_prefix}_message.txt", context).strip(),
            path=urlsplit(str(link)).path if link else "",
            action_label=_("Choose a new password") if link else "",
        )
