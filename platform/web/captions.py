"""Captions on pages: the form that brings them, and the track of a player."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from videos.models import Rendition

CHOOSE = _("Choose a WebVTT file first.")


class CaptionsForm(forms.Form):
    """A WebVTT file. What may be in it is `videos.webvtt`'s business."""

    file = forms.FileField(
        label=_("WebVTT file"),
        required=False,
        error_messages={"empty": CHOOSE},
        help_text=_("At most 200 kB, in UTF-8, with times inside the video's length."),
        widget=forms.FileInput(attrs={"accept": ".vtt,text/vtt"}),
    )
    language = forms.CharField(
        label=_("Language"),
        required=False,
        help_text=_("A language tag: en, pt-BR, zh-Hant."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    end_approval = forms.BooleanField(
        label=_("End the approval and the public link: the video then needs a new review"), required=False
    )

    def clean_file(self) -> UploadedFile:
        file: UploadedFile | None = self.cleaned_data["file"]
        if file is None:
            raise forms.ValidationError(CHOOSE)
        return file


class RemoveCaptionsForm(forms.Form):
    """Whether an approval may end for it."""

    end_approval = forms.BooleanField(required=False)


@dataclass(frozen=True, slots=True)
class Track:
    """What a player needs to show captions."""

    path: str
    language: str

    @property
    def label(self) -> str:
        """The language in its own words, "Tiếng Việt"; the tag where nobody knows it."""
        try:
            return str(get_language_info(self.language.lower())["name_local"])
        except KeyError:
            return self.language


def track_of(rendition: Rendition | None, path: str) -> Track | None:
    """The track at `path`, if there are captions."""
    return Track(path, rendition.language) if rendition else None
