"""The form in which a reviewer proposes to decide several cases alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from common.text import LinesField
from review import wording
from review.forms import reason_choices
from review.models import PolicyVersion
from review.refusable_form import RefusableForm
from review.services.text import MESSAGE_LENGTH
from review.states import CaseKind, Opinion, Outcome


class CasesField(forms.MultipleChoiceField):
    """Cases with the version that was seen, as `id:version`; what no longer fits is for the service to say."""

    def valid_value(self, value: str) -> bool:
        key, _colon, version = value.partition(":")
        try:
            UUID(key)
        except ValueError:
            return False
        return version.isdecimal() and len(version) < 10

    def clean(self, value: Any) -> dict[UUID, int]:
        pairs = (one.partition(":") for one in super().clean(value))
        return {UUID(key): int(version) for key, _colon, version in pairs}


class BulkForm(RefusableForm):
    """Which cases, what is decided, and what each of their artists is told."""

    cases = CasesField(
        label=_("Cases"),
        widget=forms.MultipleHiddenInput,
        error_messages={"required": _("Choose the cases first.")},
    )
    outcome = forms.ChoiceField(
        label=_("Decision"),
        choices=[
            (one.opinion, one.label) for one in wording.choices(CaseKind.SUBMISSION) if one.opinion in Outcome.values
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    artist_message = LinesField(
        label=_("Message to each artist"),
        required=False,
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Each of them reads exactly these words: name nothing that is not in every one of the works."),
    )

    def __init__(self, *args: Any, rules: Sequence[PolicyVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason = self.fields["reason"]
        assert isinstance(reason, forms.ChoiceField)  # noqa: S101  it is declared above
        reason.choices = [("", _("No reason needed to approve")), *reason_choices(rules)]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("outcome") == Opinion.APPROVE:
            values["reason"] = ""
        elif values.get("outcome"):
            # Said here too, so that nobody is asked to look once more at what the service would then refuse.
            if not values.get("reason") and "reason" not in self.errors:
                self.add_error("reason", _("Choose a reason: the artist is owed one."))
            if not values.get("artist_message") and "artist_message" not in self.errors:
                self.add_error("artist_message", _("Tell the artist why, and what would help."))
        return values

    @property
    def chosen(self) -> set[str]:
        """The ids that are ticked, whatever their version."""
        return {str(one).partition(":")[0] for one in self["cases"].value() or []}
