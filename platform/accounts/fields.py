"""What may stand in the fields of people, invitations and tokens; each refusal names its field."""

from __future__ import annotations

import unicodedata

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from accounts.models import User
from common.errors import FieldError, Invalid


def checked_email(email: str) -> str:
    """One address in lower case."""
    email = email.strip().lower()
    try:
        validate_email(email)
        if len(email) > 254:
            raise ValidationError("too long")
    except ValidationError as error:
        raise Invalid([FieldError("email", _("This is not an e-mail address."), "name@example.org")]) from error
    return email


def checked_line(field: str, text: str, *, limit: int) -> str:
    """One line of visible text: no line breaks, control or invisible formatting characters."""
    text = " ".join(text.split())
    allowed = _("1 to %(limit)d characters on one line") % {"limit": limit}
    if not text:
        raise Invalid([FieldError(field, _("Please fill this in."), allowed)])
    if len(text) > limit:
        raise Invalid([FieldError(field, _("This is too long."), allowed)])
    # Overrides of the writing direction could make one name look like another; joiners in emoji are harmless.
    if any(unicodedata.category(char) in {"Cc", "Cs", "Co", "Cn"} or char in _DIRECTION for char in text):
        raise Invalid([FieldError(field, _("This contains characters that cannot be shown."), allowed)])
    return text


_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def checked_password(password: str, user: User) -> None:
    """Django's validators, in the shape of our errors."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid([FieldError("password", reason) for reason in error.messages]) from error
