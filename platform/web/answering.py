"""The form with which an artist answers a request for changes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from common.text import LinesField
from review.selectors.dialogue import OpenQuestion
from review.services.text import NOTE_LENGTH
from videos.models import Video
from web.durations import of_film
from web.slate import name_of


class AnswerForm(forms.Form):
    """Words, another video, or both. What is allowed is the review's business."""

    body = LinesField(
        label=_("Your answer"),
        required=False,
        help_text=_("What you changed, or why it should stay as it is. The reviewer reads it beside the video."),
        widget=forms.Textarea(attrs={"rows": 4, "data-most": NOTE_LENGTH}),
    )
    video = forms.CharField(
        label=_("Which video goes on"),
        required=False,
        help_text=_("Another one takes this one's place in the same case: a new take, or a trimmed one."),
        widget=forms.Select,
    )

    def __init__(self, *args: Any, question: OpenQuestion | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(video.pk), _choice(video)) for video in question.replacements] if question else []
        self.fields["video"].widget.choices = [("", _("This one, as it is")), *choices]

    @property
    def chosen(self) -> Video | None:
        """By its id alone: the service looks whose it is. What is no id is nobody's video."""
        text = self["video"].value()
        if not text:
            return None
        try:
            return Video(pk=UUID(text))
        except ValueError:
            return Video()


def _choice(video: Video) -> str:
    return f"{name_of(video)} · {of_film(video.seconds)}"
