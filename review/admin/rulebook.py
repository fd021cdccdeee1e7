"""The review in the admin panel: policies are published here; everything else is to read."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import (
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import User
from common.admin import ReadOnly
from common.errors import Invalid
from review.models import (
    Claim,
    Decision,
    DecisionRendition,
    InternalNote,
    Policy,
    PolicyVersion,
    ReasonCode,
    ReviewCase,
)
from review.selectors import SHARING
from review.services import Reason, publish_policy
from review.services.rulebook import check_policy


class ReadInline(ReadOnly, TabularInline):
    """Rows of a related table."""

    extra = 0
    can_delete = False


class PolicyForm(forms.ModelForm):
    """The next version of a policy, with its reason codes as lines."""

    slug = forms.SlugField(label=_("policy"), initial=SHARING, widget=UnfoldAdminTextInputWidget)
    title = forms.CharField(label=_("title"), max_length=120, widget=UnfoldAdminTextInputWidget)
    body = forms.CharField(label=_("text"), widget=UnfoldAdminTextareaWidget)
    reasons = forms.CharField(
        label=_("reason codes"),
        widget=UnfoldAdminTextareaWidget,
        help_text=_("One a line: code | label | description. For example: real-person | Real person | Somebody …"),
    )
    effective_at = forms.SplitDateTimeField(
        label=_("in force from"),
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        help_text=_("Empty: at once. Then nobody can change it any more."),
    )

    class Meta:
        model = PolicyVersion
        fields = ("body", "effective_at")

    def clean_reasons(self) -> list[Reason]:
        lines = [line for line in self.cleaned_data["reasons"].splitlines() if line.strip()]
        rows = [[part.strip() for part in line.split("|")] for line in lines]
        if any(len(row) != 3 or not all(row) for row in rows):
            raise forms.ValidationError(_("Each line needs a code, a label and a description, with | between them."))
        return [Reason(*row) for row in rows]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            names = ("title", "body", "reasons", "effective_at")
            try:
                check_policy(**{name: values[name] for name in names})
            except Invalid as invalid:
                for error in invalid.fields:
                    self.add_error(error.field, error.reason)
        return values


class ReasonInline(ReadInline):
    model = ReasonCode
    fields = ("code", "label", "description")


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ModelAdmin):
    """Published here, and never edited: a change is the next version."""

    list_display = ("policy", "number", "effective_at")
    list_select_related = ("policy",)
    list_filter = ("policy",)
    form = PolicyForm
    add_fieldsets = ((None, {"fields": ("slug", "title", "body", "reasons", "effective_at")}),)

    def get_fieldsets(self, request: HttpRequest, obj: PolicyVersion | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        return ((None, {"fields": ("policy", "number", "body", "effective_at")}),)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return PolicyForm if obj is None else super().get_form(request, obj, change, form=forms.ModelForm, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[type[InlineModelAdmin[Any, Any]]]:
        return [ReasonInline] if obj else []

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in ("slug", "title", "body", "reasons", "effective_at")}
        obj.pk = publish_policy(actor=cast(User, request.user), **values).pk
        obj.refresh_from_db()

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Policy)
class PolicyAdmin(ReadOnly, ModelAdmin):
    list_display = ("title", "slug")


@admin.register(ReasonCode)
class ReasonCodeAdmin(ReadOnly, ModelAdmin):
    list_display = ("code", "label", "policy_version")
    list_select_related = ("policy_version__policy",)
    list_filter = ("policy_version",)


class ClaimInline(ReadInline):
    model = Claim
    fields = ("reviewer", "claimed_at", "expires_at", "ended_at")
    readonly_fields = fields


class DecisionInline(ReadInline):
    model = Decision
    fields = ("outcome", "reason", "artist_message", "reviewer", "policy_version", "decided_at")
    readonly_fields = fields


class InternalNoteInline(ReadInline):
    model = InternalNote
    fields = ("body", "author", "created_at")
    readonly_fields = fields


@admin.register(ReviewCase)
class ReviewCaseAdmin(ReadOnly, ModelAdmin):
    """What became of each case. The video itself and the artist's note stay with the desk."""

    list_display = ("id", "kind", "state", "opened_at", "closed_at")
    list_filter = ("state", "kind")
    date_hierarchy = "opened_at"
    ordering = ("-id",)
    fields = ("id", "kind", "state", "version", "opened_by", "opened_at", "closed_at")
    readonly_fields = fields
    inlines = (ClaimInline, DecisionInline, InternalNoteInline)


@admin.register(Claim)
class ClaimAdmin(ReadOnly, ModelAdmin):
    list_display = ("case", "reviewer", "claimed_at", "expires_at", "ended_at")
    list_select_related = ("case", "reviewer")
    list_filter = (("ended_at", admin.EmptyFieldListFilter),)
    fields = ("case", "reviewer", "claimed_at", "expires_at", "ended_at")
    readonly_fields = fields


class DecisionRenditionInline(ReadInline):
    model = DecisionRendition
    fields = ("kind", "sha256")
    readonly_fields = fields

    @admin.display(description=_("rendition"))
    def kind(self, named: DecisionRendition) -> str:
        return str(named.rendition.get_kind_display())


@admin.register(Decision)
class DecisionAdmin(ReadOnly, ModelAdmin):
    list_display = ("decided_at", "outcome", "reason", "reviewer", "policy_version")
    list_select_related = ("reason", "reviewer", "policy_version__policy")
    list_filter = ("outcome", "reason")
    date_hierarchy = "decided_at"
    fields = (
        "case",
        "outcome",
        "reason",
        "artist_message",
        "reviewer",
        "policy_version",
        "claim",
        "supersedes",
        "decided_at",
    )
    readonly_fields = fields
    inlines = (DecisionRenditionInline,)
