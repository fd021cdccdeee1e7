"""The form of the case page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.errors import Invalid
from review.models import PolicyVersion
from review.services.text import MESSAGE_LENGTH
from review.states import Outcome


class ShownField(forms.CharField):
    """The hashes of what the page showed, as `kind:sha256` words; nobody types it."""

    widget = forms.HiddenInput

    def prepare_value(self, value: Any) -> Any:
        return " ".join(f"{kind}:{sha}" for kind, sha in value.items()) if isinstance(value, dict) else value

    def clean(self, value: Any) -> dict[str, str]:
        words = (word.partition(":") for word in super().clean(value).split())
        return {kind: sha for kind, _colon, sha in words}


class DecisionForm(forms.Form):
    """What a reviewer decides, with what proves that the reviewer may."""

    claim_token = forms.CharField(max_length=100, widget=forms.HiddenInput)
    case_version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    shown = ShownField(max_length=1000, required=False)
    outcome = forms.ChoiceField(choices=Outcome.choices, widget=forms.HiddenInput)
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    artist_message = forms.CharField(
        label=_("Message to the artist"),
        required=False,
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": MESSAGE_LENGTH}),
    )
    internal_note = forms.CharField(
        label=_("Internal note"),
        required=False,
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": MESSAGE_LENGTH}),
    )

    def __init__(self, *args: Any, policy: PolicyVersion | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = policy.reason_codes.all() if policy else ()
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  it is declared above
        field.choices = [("", _("No reason needed to approve")), *((reason.code, reason.label) for reason in reasons)]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("outcome") == Outcome.APPROVE:
            # Somebody who had picked a reason and then approved has changed their mind, and the page says so.
            values["reason"] = ""
        elif values.get("outcome"):
            # Said here too, so that nobody is asked to confirm what the service would then refuse.
            if not values.get("reason") and "reason" not in self.errors:
                self.add_error("reason", _("Choose a reason: the artist is owed one."))
            if not values.get("artist_message") and "artist_message" not in self.errors:
                self.add_error("artist_message", _("Tell the artist why, and what would help."))
        return values

    def blame(self, error: Invalid) -> None:
        """Put the service's refusal beside the fields that it speaks of."""
        for field in error.fields:
            self.add_error(field.field if field.field in self.fields else None, field.reason)

    @property
    def reason_label(self) -> str:
        """The words of the chosen reason, for the page that asks to confirm."""
        choices = dict(self.fields["reason"].choices)  # type: ignore[attr-defined]
        return str(choices.get(self["reason"].value(), ""))
