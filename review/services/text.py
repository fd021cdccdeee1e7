"""What people write, made fit to keep."""

from __future__ import annotations

from django.utils.translation import gettext as _

from common.errors import FieldError, Invalid
from common.text import has_unseen, plain_line_ends

NOTE_LENGTH = 2000
MESSAGE_LENGTH = 4000


def cleaned(field: str, text: str, *, limit: int) -> str:
    """Trimmed, with plain line ends; refuses what is too long and characters that nobody can see."""
    text = plain_line_ends(text).strip()
    if len(text) > limit:
        allowed = _("at most %d characters") % limit
        raise Invalid([FieldError(field, _("This text has %d characters.") % len(text), allowed)])
    if has_unseen(text):
        raise Invalid([FieldError(field, _("This text holds control characters."), _("letters, signs and line ends"))])
    return text
