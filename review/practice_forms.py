"""The forms of practice."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from common.errors import DailiesError, Invalid
from review.selectors.practice import usable
from review.selectors.rules import policies_in_force
from review.services.calibration import MOST_ITEMS
from review.services.calibration import NOTE_LENGTH as ANSWER_NOTE_LENGTH
from review.services.golden import NOTE_LENGTH
from review.states import Outcome
from videos.models import Video

# More than anybody scrolls through in a list to choose from.
CHOICES = 200


def reason_choices() -> list[Any]:
    """No reason, and then each policy's."""
    groups = [
        (version.policy.title, [(reason.code, reason.label) for reason in version.reason_codes.all()])
        for version in policies_in_force()
    ]
    return [("", _("No reason needed to approve")), *groups]


class WorkField:
    """A work in a list: its title or when it was made; never its artist."""

    def label_from_instance(self, video: Video) -> str:
        return f"{video.title or _('Untitled')} · {video.seconds:.1f} s · {video.created_at:%Y-%m-%d}"


class WorkChoice(WorkField, forms.ModelChoiceField):
    """One work."""


class WorkChoices(WorkField, forms.ModelMultipleChoiceField):
    """Several works."""


def works() -> QuerySet[Video]:
    newest = usable().order_by("-pk").values("pk")[:CHOICES]
    return Video.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).order_by("-pk")


class PracticeForm(forms.Form):
    """What the three share."""

    def blame(self, refusal: DailiesError) -> None:
        """Put the service's refusal beside the fields that it speaks of."""
        if not isinstance(refusal, Invalid):
            self.add_error(None, refusal.message)
            return
        for error in refusal.fields:
            self.add_error(error.field if error.field in self.fields else None, error.reason)


class GoldenForm(PracticeForm):
    """A work and its right answer."""

    video = WorkChoice(
        label=_("Work"),
        queryset=Video.objects.none(),
        empty_label=_("Choose a work"),
        help_text=_("Only works that are shared now, or that your own people made."),
    )
    expected = forms.ChoiceField(label=_("Right answer"), choices=Outcome.choices)
    expected_reason = forms.ChoiceField(label=_("Reason"), required=False)
    note = forms.CharField(
        label=_("Why, for other leads"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["video"].queryset = works()  # type: ignore[attr-defined]
        self.fields["expected_reason"].choices = reason_choices()  # type: ignore[attr-defined]


class RoundForm(PracticeForm):
    """A title, and the works in the order in which they are listed."""

    title = forms.CharField(label=_("Title"), max_length=120)
    videos = WorkChoices(
        label=_("Works"),
        queryset=Video.objects.none(),
        help_text=format_lazy(
            _("Up to {most}. Only works that are shared now, or that your own people made."), most=MOST_ITEMS
        ),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["videos"].queryset = works()  # type: ignore[attr-defined]

    def clean_videos(self) -> list[Video]:
        return list(self.cleaned_data["videos"])


class AnswerForm(PracticeForm):
    """What one would decide."""

    outcome = forms.ChoiceField(label=_("You would"), choices=Outcome.choices, widget=forms.RadioSelect)
    reason_code = forms.ChoiceField(label=_("Reason"), required=False)
    note = forms.CharField(
        label=_("Why, for your colleagues"),
        required=False,
        max_length=ANSWER_NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason_code"].choices = reason_choices()  # type: ignore[attr-defined]
