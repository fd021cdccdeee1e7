"""The form of a saved reply."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.text import LinesField
from review import selectors
from review.forms import reason_choices
from review.refusable_form import RefusableForm
from review.services.replies import TITLE_LENGTH
from review.services.text import MESSAGE_LENGTH


class ReplyForm(RefusableForm):
    """Words that are needed often."""

    title = forms.CharField(label=_("Title"), max_length=TITLE_LENGTH)
    body = LinesField(
        label=_("Words to the artist"),
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    reason_code = forms.ChoiceField(label=_("Offered first for"), required=False)
    shared = forms.BooleanField(label=_("For everybody at the desk"), required=False)

    def __init__(self, *args: Any, can_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason_code"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  it is declared above
        field.choices = [("", _("Any reason")), *reason_choices(selectors.policies_in_force())]
        if not can_share:
            del self.fields["shared"]
