"""The forms of practice."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django import forms
from django.template.loader import render_to_string
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.text import LinesField
from review.refusable_form import RefusableForm
from review.selectors.practice import posters_for, usable
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


class WorkChoice(forms.ModelChoiceField):
    """One work of a list: its poster, and its title or when it was made; never its artist."""

    posters: Mapping[UUID, str] = MappingProxyType({})

    def label_from_instance(self, video: Video) -> str:
        title = video.title or _("Untitled")
        facts = f"{video.seconds:.1f} s · {video.created_at:%Y-%m-%d}"
        return render_to_string(
            "review/work_choice.html", {"poster": self.posters.get(video.pk, ""), "title": title, "facts": facts}
        )

    def offer(self, viewer: User) -> None:
        """The newest works that may be practised on, with the posters that this person may see."""
        newest = list(usable().order_by("-pk")[:CHOICES])
        self.posters = posters_for(viewer, newest)
        self.queryset = Video.objects.filter(pk__in=[video.pk for video in newest]).order_by("-pk")
        if any(video.pk not in self.posters for video in newest):
            self.help_text = format_lazy(
                "{help} {why}",
                help=self.help_text,
                why=_("Where there is no picture, the work is private: only those who are asked about it see it."),
            )


class WorkChoices(WorkChoice, forms.ModelMultipleChoiceField):
    """Several works."""


class GoldenForm(RefusableForm):
    """A work and its right answer."""

    video = WorkChoice(
        label=_("Work"),
        queryset=Video.objects.none(),
        help_text=_("Only works that are shared now, or that your own people made."),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a work.")},
    )
    expected = forms.ChoiceField(label=_("Right answer"), choices=Outcome.choices)
    expected_reason = forms.ChoiceField(label=_("Reason"), required=False)
    note = LinesField(
        label=_("Why, for other leads"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["video"].offer(viewer)  # type: ignore[attr-defined]
        self.fields["expected_reason"].choices = reason_choices()  # type: ignore[attr-defined]


class RoundForm(RefusableForm):
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

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["videos"].offer(viewer)  # type: ignore[attr-defined]

    def clean_videos(self) -> list[Video]:
        return list(self.cleaned_data["videos"])


class AnswerForm(RefusableForm):
    """What one would decide."""

    outcome = forms.ChoiceField(label=_("You would"), choices=Outcome.choices, widget=forms.RadioSelect)
    reason_code = forms.ChoiceField(label=_("Reason"), required=False)
    note = LinesField(
        label=_("Why, for your colleagues"),
        required=False,
        max_length=ANSWER_NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason_code"].choices = reason_choices()  # type: ignore[attr-defined]
