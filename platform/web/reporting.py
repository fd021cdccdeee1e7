"""The form with which the public reports a shared work."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.text import LinesField
from review.services.reports import MOST_WORDS
from review.states import ReportCategory

# "75", "1:15", "1:15.5", with a comma as many people write it.
TIME = re.compile(r"(?:(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,3}))?", re.ASCII)


class ReportForm(forms.Form):
    """It reads types only; what is allowed is the review's business."""

    category = forms.CharField(
        label=gettext_lazy("What is it about?"),
        required=False,
        widget=forms.RadioSelect(choices=ReportCategory.choices),
    )
    body = LinesField(
        label=gettext_lazy("What is wrong with it?"),
        required=False,
        help_text=gettext_lazy("In your own words, at least 10 characters. A person reads it; the artist does not."),
        widget=forms.Textarea(attrs={"rows": 5, "data-most": MOST_WORDS}),
    )
    at = forms.CharField(
        label=gettext_lazy("When in the film?"),
        required=False,
        help_text=gettext_lazy("Minutes and seconds, as the player shows them: 0:03"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal", "class": "mono", "size": 8}),
    )
    email = forms.CharField(
        label=gettext_lazy("Your e-mail address"),
        required=False,
        help_text=gettext_lazy("To be told what is decided. It is deleted with that mail, and nobody else gets it."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_at(self) -> int | None:
        """Milliseconds."""
        text = self.cleaned_data["at"].strip()
        if not text:
            return None
        found = TIME.fullmatch(text)
        if found is None:
            raise forms.ValidationError(_("This is no time. Write it as 0:03, or in seconds."))
        minutes, seconds, rest = found.groups()
        return (int(minutes or 0) * 60 + int(seconds)) * 1000 + int((rest or "0").ljust(3, "0"))

    def arguments(self) -> dict[str, Any]:
        """What the service takes."""
        values = dict(self.cleaned_data)
        return values | {"at_ms": values.pop("at")}
