"""What the pages' forms read. They check types only: what is allowed is the services' business."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from common.text import LinesField
from generation.request_check import PROMPT_MAX
from review.services.text import NOTE_LENGTH
from videos.services.titles import TITLE_LENGTH


class ComposeForm(forms.Form):
    """A generation to ask for."""

    prompt = LinesField(
        label=_("Prompt"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "data-most": PROMPT_MAX, "autocomplete": "off"}),
    )
    model = forms.CharField(label=_("Model"), required=False)
    size = forms.CharField(label=_("Size"), required=False)
    seconds = forms.IntegerField(label=_("Length"), required=False)
    fps = forms.IntegerField(label=_("Frame rate"), required=False)
    count = forms.IntegerField(label=_("How many"), required=False)
    image = forms.CharField(label=_("Start from"), required=False)
    upload = forms.FileField(
        label=_("Or bring a new picture"),
        required=False,
        help_text=_("PNG, JPEG or WebP, at most 20 MB and 40 megapixels. Only you see it."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    parent = forms.CharField(required=False, widget=forms.HiddenInput)
    relation = forms.CharField(required=False, widget=forms.HiddenInput)
    seed = forms.IntegerField(
        label=_("Seed"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "mono"}),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["prompt"].widget.attrs["placeholder"] = _("What does the camera see?")
        self.fields["seed"].widget.attrs["placeholder"] = _("random")


class UploadForm(forms.Form):
    """A picture to start from. What may be in it is `generation.pictures`' business."""

    image = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("PNG, JPEG or WebP, at most 20 MB and 40 megapixels. It is kept without its metadata."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )


class TitleForm(forms.Form):
    """A video's title."""

    title = forms.CharField(
        label=_("Title"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-most": TITLE_LENGTH}),
    )


class SubmitForm(forms.Form):
    """A submission for sharing."""

    note = LinesField(
        label=_("Note to the reviewer"),
        required=False,
        help_text=_("Where it will be shown, what it is part of, what may look odd but is meant."),
        widget=forms.Textarea(attrs={"rows": 3, "data-most": NOTE_LENGTH}),
    )
