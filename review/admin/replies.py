"""Everybody's saved replies in the admin panel. A reviewer's own stay with the reviewer."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from common.errors import Invalid
from common.text import LinesField
from review import policies, selectors
from review.forms import reason_choices
from review.models import SavedReply
from review.services.replies import check_reply, delete_reply, save_reply
from review.services.text import MESSAGE_LENGTH


class ReplyForm(forms.ModelForm):
    """A reply that everybody has."""

    body = LinesField(label=_("text"), max_length=MESSAGE_LENGTH, widget=UnfoldAdminTextareaWidget)
    reason_code = forms.ChoiceField(label=_("reason code"), required=False, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = SavedReply
        fields = ("title", "body", "reason_code")
        widgets = {"title": UnfoldAdminTextInputWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason_code"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  it is declared above
        field.choices = [("", _("Any")), *reason_choices(selectors.policies_in_force())]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            try:
                check_reply(owner=None, reply=self.instance, **values)
            except Invalid as invalid:
                for error in invalid.fields:
                    self.add_error(error.field, error.reason)
        return values


@admin.register(SavedReply)
class SavedReplyAdmin(ModelAdmin):
    form = ReplyForm
    list_display = ("title", "reason_code")
    fields = ("title", "body", "reason_code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SavedReply]:
        return policies.replies_visible_to(cast(User, request.user))

    def save_model(self, request: HttpRequest, obj: SavedReply, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in self.fields}
        reply = SavedReply.objects.get(pk=obj.pk) if change else None
        obj.pk = save_reply(actor=cast(User, request.user), shared=True, reply=reply, **values).pk

    def delete_model(self, request: HttpRequest, obj: SavedReply) -> None:
        delete_reply(actor=cast(User, request.user), reply=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[SavedReply]) -> None:
        for reply in queryset:
            delete_reply(actor=cast(User, request.user), reply=reply)
