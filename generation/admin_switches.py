"""Models on and off in the admin panel: for everybody, or for one cohort."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin import MadeByService
from accounts.models import Cohort, User
from generation import catalogue
from generation.models import ModelSwitch
from generation.services import switches


def _models() -> list[tuple[str, str]]:
    return [(entry.key, entry.name) for entry in catalogue.entries()]


class SwitchForm(forms.Form):
    """Which model, for whom, on or off."""

    model_key = forms.ChoiceField(label=gettext_lazy("Model"), choices=_models, widget=UnfoldAdminSelectWidget)
    cohort = forms.ModelChoiceField(
        Cohort.objects.order_by("name"),
        label=gettext_lazy("Cohort"),
        required=False,
        empty_label=gettext_lazy("Everybody"),
        help_text=gettext_lazy("A cohort's own switch goes before everybody's."),
        widget=UnfoldAdminSelectWidget,
    )
    is_on = forms.TypedChoiceField(
        label=gettext_lazy("Switch"),
        choices=[("off", gettext_lazy("Off")), ("on", gettext_lazy("On"))],
        coerce=lambda word: word == "on",
        help_text=gettext_lazy("What waits for a model that is off stays in the queue; what renders goes on."),
        widget=UnfoldAdminSelectWidget,
    )


@admin.register(ModelSwitch)
class ModelSwitchAdmin(MadeByService):
    """Without a switch, whatever the catalogue holds is on."""

    form_class = SwitchForm
    add_title = gettext_lazy("Switch a model on or off")
    list_display = ("model_key", "whose", "is_on", "changed_at")
    list_filter = ("is_on", "model_key", "cohort")
    list_select_related = ("cohort",)
    fields = ("id", "model_key", "whose", "is_on", "changed_at")
    actions = ("take_away",)

    @admin.display(description=gettext_lazy("for"))
    def whose(self, switch: ModelSwitch) -> str:
        return switch.cohort.name if switch.cohort else _("Everybody")

    def make(self, actor: User, wanted: dict[str, Any]) -> str:
        switches.set_switch(actor=actor, **wanted)
        return _("The model is switched.")

    @admin.action(description=gettext_lazy("Take the switch away"), permissions=["view"])
    def take_away(self, request: HttpRequest, rows: QuerySet[ModelSwitch]) -> HttpResponse | None:
        return self.confirmed(
            request,
            rows.select_related("cohort"),
            question=_("Take these switches away? A cohort then has what everybody has, and everybody the catalogue."),
            act=lambda row: switches.set_switch(
                actor=cast(User, request.user), model_key=row.model_key, cohort=row.cohort, is_on=None
            ),
        )
