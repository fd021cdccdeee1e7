"""Queues with their rules, and who keeps away from whose work: kept in the admin panel through the services."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.models import User
from accounts.states import StaffRole
from common.admin import ReadOnly
from common.errors import DailiesError, Invalid
from review import conditions, services
from review.models import Interest, ReviewQueue
from review.states import InterestKind

REVIEWERS = (StaffRole.REVIEWER, StaffRole.LEAD_REVIEWER)


class QueueForm(forms.ModelForm):
    """A queue; its rules as JSON, each mistake told by condition and field."""

    rules = forms.JSONField(
        label=gettext_lazy("Rules"),
        required=False,
        initial=list,
        widget=UnfoldAdminTextareaWidget,
        help_text=gettext_lazy(
            "A list of conditions, of which one must hold; everything in a condition must. For example: "
            '[{"kind": ["submission"], "language": ["fr"]}, {"min_age_hours": 48}]. Fields: %s.'
        )
        % ", ".join(conditions.FIELDS),
    )

    class Meta:
        model = ReviewQueue
        fields = ("name", "slug", "position", "rules", "leads_only", "members")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "members" in self.fields:
            members = cast("forms.ModelMultipleChoiceField[User]", self.fields["members"])
            members.queryset = User.objects.filter(staff_role__in=REVIEWERS).order_by("name", "email")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            names = ("name", "slug", "members")
            rules = values.get("rules")
            try:
                services.check_queue(
                    **{name: values[name] for name in names},
                    rules=[] if rules is None else rules,
                    queue=None if self.instance._state.adding else self.instance,
                )
            except Invalid as invalid:
                for error in invalid.fields:
                    sentence = f"{error.reason} {_('Allowed: %s.') % error.allowed}" if error.allowed else error.reason
                    self.add_error(error.field, sentence)
        return values


@admin.register(ReviewQueue)
class ReviewQueueAdmin(ModelAdmin):
    """Where cases wait. A queue is closed, never deleted: cases name it."""

    list_display = ("name", "slug", "position", "leads_only", "retired_at")
    ordering = ("position", "slug")
    form = QueueForm
    filter_horizontal = ("members",)
    actions = ("retire",)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        values = form.cleaned_data
        saved = services.save_queue(
            actor=cast(User, request.user),
            queue=cast(ReviewQueue, obj) if change else None,
            name=values["name"],
            slug=values["slug"],
            position=values["position"],
            rules=values["rules"] or [],
            leads_only=values["leads_only"],
            members=values["members"],
        )
        obj.pk = saved.pk
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The members are written by the service, with the queue and its event."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    @admin.action(description=gettext_lazy("Close the chosen queues"))
    def retire(self, request: HttpRequest, queues: QuerySet[ReviewQueue]) -> None:
        for queue in queues:
            try:
                services.retire_queue(actor=cast(User, request.user), queue=queue)
            except DailiesError as refusal:
                messages.warning(request, f"{queue}: {refusal.message}")


class InterestForm(forms.ModelForm):
    """Who keeps away from whose work, and why."""

    kind = forms.ChoiceField(label=gettext_lazy("kind"), choices=InterestKind.choices)

    class Meta:
        model = Interest
        fields = ("reviewer", "artist", "kind")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        people = User.objects.order_by("name", "email")
        reviewer = cast("forms.ModelChoiceField[User]", self.fields["reviewer"])
        artist = cast("forms.ModelChoiceField[User]", self.fields["artist"])
        reviewer.queryset, artist.queryset = people.filter(staff_role__in=REVIEWERS), people

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors:
            same = {name: values[name] for name in ("reviewer", "artist", "kind")}
            if same["reviewer"] == same["artist"]:
                self.add_error("artist", _("Nobody reviews their own work anyway."))
            elif Interest.objects.filter(ended_at=None, **same).exists():
                self.add_error(None, _("This interest is declared already."))
        return values


@admin.register(Interest)
class InterestAdmin(ReadOnly, ModelAdmin):
    """Declared here or at the desk; ended, never erased."""

    list_display = ("reviewer", "artist", "kind", "declared_by", "declared_at", "ended_at")
    list_select_related = ("reviewer", "artist", "declared_by")
    list_filter = ("kind", ("ended_at", admin.EmptyFieldListFilter))
    ordering = ("-id",)
    fields = ("reviewer", "artist", "kind", "declared_by", "declared_at", "ended_at")
    actions = ("end",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_view_permission(request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return InterestForm if obj is None else super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return InterestForm.Meta.fields if obj is None else self.fields

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in ("reviewer", "artist", "kind")}
        obj.pk = services.declare_interest(actor=cast(User, request.user), **values).pk
        obj.refresh_from_db()

    @admin.action(description=gettext_lazy("End the chosen interests"))
    def end(self, request: HttpRequest, interests: QuerySet[Interest]) -> None:
        for interest in interests:
            try:
                services.end_interest(actor=cast(User, request.user), interest=interest)
            except DailiesError as refusal:
                messages.warning(request, f"{interest}: {refusal.message}")
