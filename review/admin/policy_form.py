"""The form in which an admin writes the next version of a policy."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from common.errors import Invalid
from common.text import LinesField
from review.categories import DsaCategory
from review.models import PolicyVersion
from review.rules_text import reasons_of_lines
from review.selectors import SHARING
from review.services import Reason, Wording
from review.services.rulebook import check_policy

# The button that leads from the preview back to the form.
EDIT = "_edit"


class PolicyForm(forms.ModelForm):
    """The next version of a policy, with its reason codes as lines."""

    slug = forms.SlugField(label=_("policy"), initial=SHARING, widget=UnfoldAdminTextInputWidget)
    title = forms.CharField(label=_("title"), max_length=120, widget=UnfoldAdminTextInputWidget)
    body = LinesField(label=_("text"), widget=UnfoldAdminTextareaWidget)
    reasons = LinesField(
        label=_("reason codes"),
        widget=UnfoldAdminTextareaWidget,
        help_text=_(
            "One a line: code | label | description. For example: real-person | Real person | Somebody … A fourth part "
            "names the category in the Transparency Database of the Digital Services Act: %s"
        )
        % ", ".join(DsaCategory.values),
    )
    effective_at = forms.SplitDateTimeField(
        label=_("in force from"),
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=_("Empty: at once. Then nobody can change it any more."),
    )
    justification = LinesField(
        label=_("a lead reviewer's justification"),
        required=False,
        widget=UnfoldAdminTextareaWidget,
        help_text=_(
            "Only for a text that limits criticism of the programme or of its operator. A lead reviewer writes it at "
            "Desk, Rules, “Justify a wording”, and gives you a code; everybody can read it afterwards."
        ),
    )

    class Meta:
        model = PolicyVersion
        fields = ("body", "effective_at")

    def clean_reasons(self) -> list[Reason]:
        try:
            return reasons_of_lines(self.cleaned_data["reasons"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if EDIT in self.data:
            raise forms.ValidationError(_("Nothing has been published yet. Change what you like, then look again."))
        if not self.errors:
            try:
                check_policy(self.wording, effective_at=values["effective_at"], justification=values["justification"])
            except Invalid as invalid:
                for error in invalid.fields:
                    self.add_error(error.field, error.reason)
        return values

    @property
    def wording(self) -> Wording:
        values = self.cleaned_data
        return Wording(values["slug"], values["title"], values["body"], values["reasons"])
