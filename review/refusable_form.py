"""What every form has whose service may refuse what was typed."""

from __future__ import annotations

from django import forms

from accounts.forms import show_error
from common.errors import DailiesError


class RefusableForm(forms.Form):
    """A form of the desk, or of the review in the admin panel."""

    def blame(self, refusal: DailiesError) -> None:
        """Put the service's refusal beside the fields that it speaks of; what was typed stays."""
        show_error(self, refusal)
