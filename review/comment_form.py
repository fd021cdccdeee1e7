"""What the case page sends about a comment. Times are typed as m:ss.ff, with the frame within the second."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from common.text import LinesField
from review.models import Comment
from review.services import Rectangle
from review.services.comments import COMMENT_LENGTH
from videos.models import Video

TIMECODE = re.compile(r"\s*(?:(\d{1,4}):)?(\d{1,4})(?:[.:](\d{1,3}))?\s*")
SIDES = Rectangle._fields
# How the page names what the service speaks of.
PAGE_NAMES = {"at_ms": "comment_at", "body": "comment_body", "rectangle": "comment_body"}


def timecode_of(at_ms: int, fps: int) -> str:
    """A moment as people and the player write it: "0:03.12" is the frame 12 of the second 3."""
    frame = round(at_ms * fps / 1000)
    seconds, rest = divmod(frame, fps)
    return f"{seconds // 60}:{seconds % 60:02d}.{rest:02d}"


def moment_of(words: str, fps: int) -> int | None:
    """The milliseconds of a typed timecode; None when it is none."""
    match = TIMECODE.fullmatch(words)
    if match is None:
        return None
    minutes, seconds, frame = (int(part or 0) for part in match.groups())
    return round(((minutes * 60 + seconds) * fps + frame) * 1000 / fps) if frame < fps else None


class CommentForm(forms.Form):
    """A remark at a moment. Its fields belong to the form of the decision, so that no text is lost on the way."""

    comment_at = forms.CharField(label=_("Time"), max_length=14)
    comment_body = LinesField(label=_("Comment"), widget=forms.Textarea(attrs={"rows": 2, "maxlength": COMMENT_LENGTH}))
    comment_left = forms.FloatField(required=False, widget=forms.HiddenInput)
    comment_top = forms.FloatField(required=False, widget=forms.HiddenInput)
    comment_width = forms.FloatField(required=False, widget=forms.HiddenInput)
    comment_height = forms.FloatField(required=False, widget=forms.HiddenInput)
    # Of the comment that is being changed.
    comment_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, video: Video, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fps = video.fps
        for field in self.fields.values():
            # Wherever they stand on the page, they are sent with the decision's form.
            field.widget.attrs["form"] = "decision"
        self.fields["comment_at"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off", "class": "mono"}

    @staticmethod
    def words_of(comment: Comment) -> dict[str, Any]:
        """What stands, in the form in which `words` says what is typed."""
        sides = [getattr(comment, side) for side in SIDES]
        return {
            "at_ms": comment.at_ms,
            "body": comment.body,
            "rectangle": None if None in sides else Rectangle(*sides),
        }

    @classmethod
    def of(cls, comment: Comment) -> CommentForm:
        """The form filled with what stands, to change it."""
        initial: dict[str, Any] = {f"comment_{side}": getattr(comment, side) for side in SIDES}
        initial |= {
            "comment_id": comment.pk,
            "comment_at": timecode_of(comment.at_ms, comment.video.fps),
            "comment_body": comment.body,
        }
        return cls(initial=initial, video=comment.video)

    def clean_comment_at(self) -> int:
        at_ms = moment_of(self.cleaned_data["comment_at"], self.fps)
        if at_ms is None:
            sentence = _("Write minutes, seconds and the frame, for example 0:03.12; a second has %(fps)d frames.")
            raise forms.ValidationError(sentence % {"fps": self.fps})
        return at_ms

    @property
    def words(self) -> dict[str, Any]:
        """What the services take."""
        values = self.cleaned_data
        sides = [values.get(f"comment_{side}") for side in SIDES]
        rectangle = None if None in sides else Rectangle(*(float(side or 0) for side in sides))
        return {"at_ms": values["comment_at"], "body": values["comment_body"], "rectangle": rectangle}

    def blame(self, error: Invalid) -> None:
        """Put the service's refusal beside the fields that it speaks of."""
        for field in error.fields:
            self.add_error(PAGE_NAMES.get(field.field), field.reason)

    @property
    def is_change(self) -> bool:
        return bool(self["comment_id"].value())
