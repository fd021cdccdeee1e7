"""The review in the admin panel: policies are published here; everything else is to read."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from accounts.models import User
from common.admin import ReadOnly
from common.clock import now
from review.admin.policy_form import EDIT, PolicyForm
from review.admin.takedown import TakesDown
from review.differences import changes
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
from review.rules_text import lines_of
from review.selectors import current_policy, latest_version, version_before
from review.services import Reason, publish_policy
from review.services.rulebook import check_policy

# The button that publishes, on the page that shows what everybody will read.
PUBLISH = "_publish"


class ReadInline(ReadOnly, TabularInline):
    """Rows of a related table."""

    extra = 0
    can_delete = False


class ReasonInline(ReadInline):
    model = ReasonCode
    fields = ("code", "label", "description", "category")


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ModelAdmin):
    """Published here after a look at what everybody will read, and never edited: a change is the next version."""

    list_display = ("policy", "number", "effective_at", "standing", "is_justified")
    list_select_related = ("policy",)
    list_filter = ("policy",)
    ordering = ("policy", "-number")
    form = PolicyForm
    add_fieldsets = ((None, {"fields": ("slug", "title", "body", "reasons", "effective_at", "justification")}),)
    readonly_fields = ("what_changed",)

    @admin.display(description=_("standing"))
    def standing(self, version: PolicyVersion) -> str:
        if version.effective_at > now():
            return str(_("Coming"))
        return str(_("In force") if current_policy(version.policy.slug) == version else _("Earlier"))

    @admin.display(description=_("justified"), boolean=True)
    def is_justified(self, version: PolicyVersion) -> bool:
        return version.justified_by_id is not None

    @admin.display(description=_("changed since the version before"))
    def what_changed(self, version: PolicyVersion) -> SafeString:
        before = version_before(version)
        pieces = changes(before.body, version.body) if before else []
        return render_to_string("review/rules_changes.html", {"pieces": pieces})

    def get_fieldsets(self, request: HttpRequest, obj: PolicyVersion | None = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        fields = ("policy", "number", "effective_at", "body", "what_changed", "justification", "justified_by")
        return ((None, {"fields": fields}),)

    def get_readonly_fields(self, request: HttpRequest, obj: PolicyVersion | None = None) -> tuple[str, ...]:
        return self.readonly_fields if obj else ()

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return PolicyForm if obj is None else super().get_form(request, obj, change, form=forms.ModelForm, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[type[InlineModelAdmin[Any, Any]]]:
        return [ReasonInline] if obj else []

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Whatever is sent is shown first, as everybody will read it; only from there it is published."""
        if request.method == "POST" and not {PUBLISH, EDIT} & set(request.POST) and self.has_add_permission(request):
            form = PolicyForm(request.POST)
            if form.is_valid():
                return self._preview(request, form)
        return super().add_view(request, form_url, extra_context)

    def _preview(self, request: HttpRequest, form: PolicyForm) -> HttpResponse:
        values, wording = form.cleaned_data, form.wording
        before = latest_version(wording.slug)
        given = before.reason_codes.all() if before else []
        old = [Reason(one.code, one.label, one.description, one.category) for one in given]
        kept = [pair for name in form.fields for pair in _sent(request, name)]
        context = self.admin_site.each_context(request) | {
            "title": _("Before you publish"),
            "opts": self.model._meta,
            "wording": wording,
            "number": before.number + 1 if before else 1,
            "before": before,
            "effective_at": values["effective_at"],
            "why": check_policy(wording, effective_at=values["effective_at"], justification=values["justification"]),
            "pieces": changes(before.body, wording.body) if before else [],
            "reason_pieces": changes(lines_of(old), lines_of(wording.reasons)) if before else [],
            "kept": kept,
            "publish": PUBLISH,
            "edit": EDIT,
        }
        return TemplateResponse(request, "review/rules_admin_preview.html", context)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        names = ("slug", "title", "body", "reasons", "effective_at", "justification")
        values = {name: form.cleaned_data[name] for name in names}
        obj.pk = publish_policy(actor=cast(User, request.user), **values).pk
        obj.refresh_from_db()

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


def _sent(request: HttpRequest, name: str) -> list[tuple[str, str]]:
    """What came under a field's name, or under the two names of its date and time."""
    names = [one for one in request.POST if one == name or one in {f"{name}_0", f"{name}_1"}]
    return [(one, str(request.POST[one])) for one in names]


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
class ReviewCaseAdmin(TakesDown):
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
        "appeal_until",
    )
    readonly_fields = fields
    inlines = (DecisionRenditionInline,)
