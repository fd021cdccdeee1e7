"""What people type, the same wherever it was typed."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms


def plain_line_ends(text: str) -> str:
    """Each line's end as one character: browsers send two, and whoever writes counts one."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def has_unseen(text: str) -> bool:
    """Whether it holds control characters or half of a character. Nobody sees them, and PostgreSQL takes no NUL."""
    return any(unicodedata.category(one) in {"Cc", "Cs"} and one not in "\n\t" for one in text)


class LinesField(forms.CharField):
    """A text of several lines: none is refused as too long for its line ends."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return plain_line_ends(text) if text else text
