"""The form of a reviewer's own preferences."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from review.models import ReviewerPreferences
from review.refusable_form import RefusableForm
from review.states import Topic

# Most of what prompts are written in; any other code that somebody set stays on offer to them.
LANGUAGES = (
    *("ar", "bn", "de", "en", "es", "fa", "fr", "hi", "id", "it", "ja"),
    *("ko", "nl", "pl", "pt", "ru", "sw", "tr", "uk", "ur", "vi", "zh"),
)
LOOK = ("blurred", "greyscale", "muted", "small", "paused")


def language_name(code: str) -> str:
    """The language's own name for itself; its code where nobody knows one."""
    try:
        return str(get_language_info({"zh": "zh-hans"}.get(code, code))["name_local"])
    except KeyError:
        return code


class PreferencesForm(RefusableForm):
    blurred = forms.BooleanField(label=_("Blurred"), required=False)
    greyscale = forms.BooleanField(label=_("In grey"), required=False)
    muted = forms.BooleanField(label=_("Muted"), required=False)
    small = forms.BooleanField(label=_("Small"), required=False)
    paused = forms.BooleanField(label=_("Paused"), required=False)
    languages = forms.MultipleChoiceField(
        label=_("Languages that you read"),
        help_text=_("“Next case” brings prompts in these languages, and those in a language nobody knows. None: all."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    declined_topics = forms.MultipleChoiceField(
        label=_("Topics to leave to others"),
        help_text=_("“Next case” does not bring them. Nobody is told, and nothing follows from it."),
        required=False,
        choices=Topic.choices,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, preferences: ReviewerPreferences) -> None:
        names = (*LOOK, "languages", "declined_topics")
        super().__init__(data, initial={name: getattr(preferences, name) for name in names})
        languages = self.fields["languages"]
        assert isinstance(languages, forms.MultipleChoiceField)  # noqa: S101  it is declared above
        languages.choices = [(code, language_name(code)) for code in sorted({*LANGUAGES, *preferences.languages})]

    @property
    def look(self) -> list[forms.BoundField]:
        return [self[name] for name in LOOK]
