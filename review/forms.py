"""The form of the case page: what the holder of a claim decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.text import LinesField
from review import selectors, wording
from review.models import PolicyVersion, ReviewCase
from review.refusable_form import RefusableForm
from review.services.text import MESSAGE_LENGTH
from review.states import Opinion


class ShownField(forms.CharField):
    """The hashes of what the page showed, as `kind:sha256` words; nobody types it."""

    widget = forms.HiddenInput

    def prepare_value(self, value: Any) -> Any:
        return " ".join(f"{kind}:{sha}" for kind, sha in value.items()) if isinstance(value, dict) else value

    def clean(self, value: Any) -> dict[str, str]:
        words = (word.partition(":") for word in super().clean(value).split())
        return {kind: sha for kind, _colon, sha in words}


def reason_choices(rules: Sequence[PolicyVersion]) -> list[Any]:
    """The reasons as a picker offers them: under the policy that gives them, where there is more than one."""
    reasons = selectors.reasons_of(rules)
    groups = [
        (
            version.policy.title,
            [(code, reason.label) for code, reason in reasons.items() if reason.policy_version_id == version.pk],
        )
        for version in rules
    ]
    return groups if len(groups) > 1 else [choice for _title, choices in groups for choice in choices]


class DecisionForm(RefusableForm):
    """What a reviewer decides, with what proves that the reviewer may."""

    claim_token = forms.CharField(max_length=100, widget=forms.HiddenInput)
    case_version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    shown = ShownField(max_length=1000, required=False)
    outcome = forms.ChoiceField(choices=Opinion.choices, widget=forms.HiddenInput)
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    artist_message = LinesField(
        label=_("Message to the artist"),
        required=False,
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    internal_note = LinesField(
        label=_("Internal note"),
        required=False,
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    escalate_to = forms.ChoiceField(label=_("Escalate to"), required=False)

    def __init__(self, *args: Any, case: ReviewCase, rules: Sequence[PolicyVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.verdicts = wording.choices(case.kind)
        outcome, reason, escalate_to = (self._picker(name) for name in ("outcome", "reason", "escalate_to"))
        outcome.choices = [(str(one.opinion), one.label) for one in self.verdicts]
        reason.choices = [("", _("No reason needed to approve")), *reason_choices(rules)]
        queues = selectors.specialist_queues() if self.can_escalate else []
        escalate_to.choices = [("", _("Lead reviewers")), *((queue.slug, queue.name) for queue in queues)]

    def _picker(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  it is declared above
        return field

    @property
    def can_escalate(self) -> bool:
        return any(one.opinion == Opinion.ESCALATE for one in self.verdicts)

    @property
    def has_queues(self) -> bool:
        """Whether there is anywhere else to escalate to than the leads."""
        return len(_flat(self._picker("escalate_to").choices)) > 1

    @property
    def chosen(self) -> wording.Choice | None:
        """The words of the outcome that was asked for."""
        return next((one for one in self.verdicts if one.opinion == self["outcome"].value()), None)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        outcome = values.get("outcome")
        if outcome in {Opinion.APPROVE, Opinion.ESCALATE}:
            # Somebody who had picked a reason and then approved has changed their mind, and the page says so.
            values["reason"] = ""
        if outcome == Opinion.ESCALATE:
            # What was written to the artist stays in its field; nothing has been decided that they could be told.
            values["artist_message"] = ""
            if not values.get("internal_note") and "internal_note" not in self.errors:
                self.add_error("internal_note", _("Say in the internal note what they should look at."))
            return values
        values["escalate_to"] = ""
        if outcome and outcome != Opinion.APPROVE:
            # Said here too, so that nobody is asked to confirm what the service would then refuse.
            if not values.get("reason") and "reason" not in self.errors:
                self.add_error("reason", _("Choose a reason: the artist is owed one."))
            if not values.get("artist_message") and "artist_message" not in self.errors:
                self.add_error("artist_message", _("Tell the artist why, and what would help."))
        return values

    @property
    def reason_label(self) -> str:
        """The words of the chosen reason, for the page that asks to confirm."""
        return _label(self._picker("reason"), self["reason"].value())

    @property
    def escalate_to_label(self) -> str:
        return _label(self._picker("escalate_to"), self["escalate_to"].value() or "")


def _label(field: forms.ChoiceField, value: Any) -> str:
    """The words of a choice, in a group or not."""
    found = dict(_flat(field.choices))
    return str(found.get(value, ""))


def _flat(choices: Any) -> list[tuple[Any, Any]]:
    """Choices without their groups."""
    return [
        pair
        for value, label in choices
        for pair in (_flat(label) if isinstance(label, (list, tuple)) else [(value, label)])
    ]
