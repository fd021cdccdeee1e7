"""The forms of the pages. They only parse: what is allowed, the services say."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.policies import offered_scopes
from accounts.services.tokens import DEFAULT_DAYS, MAX_DAYS
from accounts.states import Scope
from common.errors import DailiesError, Invalid


def show_error(form: forms.Form, error: DailiesError) -> None:
    """Put what a service refused beside the fields it speaks of."""
    if not isinstance(error, Invalid):
        form.add_error(None, error.message)
        return
    for wrong in error.fields:
        form.add_error(wrong.field if wrong.field in form.fields else None, wrong.reason)


class InvitationForm(forms.Form):
    """What an invited person tells of themselves. The address is the invitation's, and fixed."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=80,
        help_text=_("Seen by the people who run the programme."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    public_name = forms.CharField(
        label=_("Public name"),
        max_length=80,
        required=False,
        help_text=_("The credit on what you share. Empty: your name."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=1000,
        help_text=_("At least 10 characters; three or four words do well."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "minlength": "10"}),
    )

    def __init__(self, *args: Any, makes_videos: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not makes_videos:
            del self.fields["public_name"]


class TermsForm(forms.Form):
    """Agreement to one numbered version."""

    number = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    agreed = forms.BooleanField(
        label=_("I have read these terms and agree to them."),
        error_messages={"required": _("Tick this box if you agree.")},
    )


class ScopesField(forms.MultipleChoiceField):
    """Checkboxes of the scopes on offer; one that is not offered goes on to the service, which says why not."""

    def valid_value(self, value: Any) -> bool:
        return value in Scope.values


class TokenForm(forms.Form):
    """A new API token."""

    # A second submission of the same form (a reload) makes no second token.
    form_key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("What it is for: “render script on the studio machine”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    days = forms.IntegerField(
        label=_("Expires after how many days"),
        min_value=1,
        max_value=MAX_DAYS,
        initial=DEFAULT_DAYS,
        help_text=_("1 to 365. A shorter life is a smaller loss."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["form_key"].initial = secrets.token_urlsafe(16)
        offered = [(scope.value, scope.label) for scope in offered_scopes(user)]
        self.fields["scopes"] = ScopesField(
            label=_("What it may do"),
            choices=offered,
            initial=[Scope.GENERATIONS_READ, Scope.GENERATIONS_WRITE],
            widget=forms.CheckboxSelectMultiple,
        )
        self.order_fields(["form_key", "name", "scopes", "days"])
