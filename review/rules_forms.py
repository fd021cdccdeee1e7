"""The form in which a lead reviewer justifies a wording."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.text import LinesField
from review.refusable_form import RefusableForm
from review.rules_text import reasons_of_lines
from review.selectors import SHARING
from review.services import Reason, Wording
from review.services.rulebook import JUSTIFICATION_LENGTH, JUSTIFICATION_MOST


class JustifyForm(RefusableForm):
    """The wording, exactly as the admin will publish it, and why it may limit criticism."""

    slug = forms.SlugField(label=_("Policy"), initial=SHARING)
    title = forms.CharField(label=_("Title"), max_length=120)
    body = LinesField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 10}))
    reasons = LinesField(
        label=_("Reason codes"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One a line: code | label | description. A category after it may be left out here."),
    )
    justification = LinesField(
        label=_("Why it may limit criticism"),
        max_length=JUSTIFICATION_MOST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("At least %d characters. Everybody can read it beside the policy, without your name.")
        % JUSTIFICATION_LENGTH,
    )

    def clean_reasons(self) -> list[Reason]:
        try:
            return reasons_of_lines(self.cleaned_data["reasons"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    @property
    def wording(self) -> Wording:
        values: dict[str, Any] = self.cleaned_data
        return Wording(values["slug"], values["title"], values["body"], values["reasons"])
