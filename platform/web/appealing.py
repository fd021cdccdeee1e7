"""The form with which an artist appeals a decision."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from common.text import LinesField
from review.services.text import MESSAGE_LENGTH


class AppealForm(forms.Form):
    """What the artist objects. What is allowed is the review's business."""

    body = LinesField(
        label=_("Why the decision is wrong"),
        required=False,
        help_text=_("What was overlooked or misread, and where. The lead reviewer reads it beside the video."),
        widget=forms.Textarea(attrs={"rows": 6, "data-most": MESSAGE_LENGTH}),
    )
