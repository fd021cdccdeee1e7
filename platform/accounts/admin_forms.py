"""The forms of the admin panel. Like those of the pages they only parse."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.fields import checked_line
from accounts.models import Cohort
from accounts.services.cohorts import LIMITS
from accounts.states import ParticipantRole, StaffRole
from common.errors import Invalid
from common.text import LinesField


class InviteForm(forms.Form):
    """Whom to invite, and as what."""

    email = forms.EmailField(label=_("E-mail address"), widget=UnfoldAdminEmailInputWidget)
    staff_role = forms.ChoiceField(
        label=_("Staff role"),
        choices=StaffRole.choices,
        initial=StaffRole.NONE,
        help_text=_("None for people who make videos."),
        widget=UnfoldAdminSelectWidget,
    )
    participant_role = forms.ChoiceField(
        label=_("Role in the programme"),
        choices=ParticipantRole.choices,
        initial=ParticipantRole.ARTIST,
        widget=UnfoldAdminSelectWidget,
    )
    cohort = forms.ModelChoiceField(
        Cohort.objects.order_by("id"),
        label=_("Cohort"),
        required=False,
        empty_label=_("The first; none for staff"),
        widget=UnfoldAdminSelectWidget,
    )


class CohortForm(forms.ModelForm):
    """A cohort's name and limits, with the service's own bounds."""

    class Meta:
        model = Cohort
        fields = ("name", *LIMITS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (least, most) in LIMITS.items():
            self.fields[name].validators = [MinValueValidator(least), MaxValueValidator(most)]

    def clean_name(self) -> str:
        try:
            return checked_line("name", self.cleaned_data["name"], limit=80)
        except Invalid as error:
            raise forms.ValidationError(error.message) from error


class PublishTermsForm(forms.Form):
    """A new wording of the terms."""

    title = forms.CharField(label=_("Title"), max_length=120, widget=UnfoldAdminTextInputWidget)
    body = LinesField(
        label=_("Text"),
        help_text=_("Blank lines part paragraphs; a short line without a full stop is a heading; dashes make a list."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 20}),
    )
    summary_of_changes = LinesField(
        label=_("What changed"),
        required=False,
        help_text=_("Shown above the text to everybody, who must all accept again."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )
