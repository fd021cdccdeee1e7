"""The rules of the review in the admin panel: one page, each change on record."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget

from accounts.models import User
from common.errors import Invalid
from review.models import ReviewRules
from review.selectors import review_rules
from review.services.programme import NUMBERS, check_rules, set_rules
from review.states import SignalKind, Topic

FIELDS = (
    "deadline_working_days",
    "closed_days",
    "approvals_needed",
    "two_person_signals",
    "appeal_days",
    "golden_percent",
    "rest_after",
    "rest_minutes",
)


class DaysField(forms.Field):
    """Days, one a line; which of them are days is for the service to say."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        return [line.strip() for line in (value or "").splitlines() if line.strip()]


class RulesForm(forms.ModelForm):
    """The rules, with a number for each topic that has a budget."""

    closed_days = DaysField(
        label=_("Closed days"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "placeholder": "2026-12-24"}),
        help_text=_(
            "Holidays, say: one date a line, such as 2026-12-24. They are no working days. What artists have been "
            "promised already stays as it is."
        ),
    )
    two_person_signals = forms.MultipleChoiceField(
        label=_("Signals that ask for a second person"),
        choices=SignalKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A signal never decides more than that."),
    )

    class Meta:
        model = ReviewRules
        fields = FIELDS
        widgets: ClassVar[dict[str, Any]] = dict.fromkeys(NUMBERS, UnfoldAdminIntegerFieldWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        budget = self.instance.exposure_budget if self.instance else {}
        for topic, label in Topic.choices:
            self.fields[_budget_field(topic)] = forms.IntegerField(
                label=_("Cases a day: %s") % label,
                required=False,
                min_value=0,
                initial=budget.get(topic),
                widget=UnfoldAdminIntegerFieldWidget,
                help_text=_("Empty: no limit."),
            )

    @property
    def rules(self) -> dict[str, Any]:
        """What was sent, as the service takes it."""
        values = self.cleaned_data
        numbers = {topic: values.get(_budget_field(topic)) for topic in Topic.values}
        budget = {topic: number for topic, number in numbers.items() if number is not None}
        return {name: values[name] for name in FIELDS} | {"exposure_budget": budget}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            self.refuse_what_the_service_would()
        return values

    def refuse_what_the_service_would(self) -> None:
        """The service's sentences, on the page."""
        try:
            check_rules(self.rules)
        except Invalid as invalid:
            for error in invalid.fields:
                self.add_error(error.field if error.field in self.fields else None, error.reason)


def _budget_field(topic: str) -> str:
    return f"budget_{topic}"


@admin.register(ReviewRules)
class ReviewRulesAdmin(ModelAdmin):
    """One row; before the first change it is shown as the defaults, and looking at it writes nothing."""

    form = RulesForm
    fieldsets = (
        (None, {"fields": FIELDS}),
        (_("Rest: cases a day by topic"), {"fields": tuple(_budget_field(topic) for topic in Topic.values)}),
    )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(reverse("admin:review_reviewrules_change", args=[1]))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> ReviewRules | None:
        return review_rules() if object_id == "1" else None

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # The fields of the budget are the form's own; Django would look for them in the model.
        return RulesForm

    def save_model(self, request: HttpRequest, obj: ReviewRules, form: Any, change: bool) -> None:
        set_rules(actor=cast(User, request.user), **form.rules)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
