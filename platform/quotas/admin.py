"""Credits in the admin panel: the balance of each month, the ledger behind it, and one action to change a month."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from accounts.models import Participant, User
from common.admin import ReadOnly
from common.errors import DailiesError
from quotas import services
from quotas.models import Allowance, LedgerEntry
from quotas.selectors import balance_of


class LedgerEntryInline(ReadOnly, TabularInline):
    model = LedgerEntry
    fields = ("created_at", "kind", "credits", "reservation")
    readonly_fields = fields
    extra = 0


class CreditsForm(forms.Form):
    """A month's credits."""

    credits = forms.IntegerField(label=gettext_lazy("Credits this month"), widget=UnfoldAdminIntegerFieldWidget)


class SetCreditsForm(CreditsForm):
    """The same for somebody whose month has no allowance yet: it is made when it is first used."""

    participant = forms.ModelChoiceField(
        Participant.objects.order_by("public_name"),
        label=gettext_lazy("Participant"),
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ("participant", "credits")


@admin.register(Allowance)
class AllowanceAdmin(ReadOnly, ModelAdmin):
    list_display = ("participant", "starts_at", "ends_at", "credits", "settled", "reserved", "free")
    list_select_related = ("participant",)
    search_fields = ("participant__public_name", "participant__user__email")
    date_hierarchy = "starts_at"
    fields = ("participant", "starts_at", "ends_at", "credits", "settled", "reserved", "free")
    readonly_fields = fields
    inlines = (LedgerEntryInline,)
    actions_detail: ClassVar[list[str]] = ["change_credits"]

    @display(description=gettext_lazy("settled"))
    def settled(self, allowance: Allowance) -> int:
        return balance_of(allowance).settled

    @display(description=gettext_lazy("reserved"))
    def reserved(self, allowance: Allowance) -> int:
        return balance_of(allowance).reserved

    @display(description=gettext_lazy("free"))
    def free(self, allowance: Allowance) -> int:
        return balance_of(allowance).free

    @action(description=gettext_lazy("Change the credits"), url_path="credits")
    def change_credits(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Only the month that runs now: the service changes no other."""
        allowance = self.get_object(request, object_id)
        if allowance is None:
            raise Http404
        if allowance.is_over:
            # The page may have been opened while the month still ran.
            messages.warning(request, _("This month is over, so nothing was changed. Look for the present month."))
            return redirect("admin:quotas_allowance_change", allowance.pk)
        form = CreditsForm(request.POST or None, initial={"credits": allowance.credits})
        return self._answer(request, form, allowance.participant)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """A month that is over has nothing to change."""
        allowance = self.get_object(request, str(object_id))
        over = allowance is not None and allowance.is_over
        return [] if over else list(super().get_actions_detail(request, object_id))

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_authenticated and request.user.is_admin)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise Http404
        return self._answer(request, SetCreditsForm(request.POST or None), None)

    def _answer(self, request: HttpRequest, form: CreditsForm, participant: Participant | None) -> HttpResponse:
        """Show the form, or do what it says for `participant` (for the form's own choice when None)."""
        if request.method == "POST" and form.is_valid():
            allowance = self._set(request, form, participant or form.cleaned_data["participant"])
            if allowance is not None:
                return redirect("admin:quotas_allowance_change", allowance.pk)
        context: dict[str, Any] = self.admin_site.each_context(request) | {
            "form": form,
            "title": _("Credits of %s") % participant.public_name if participant else _("Set a participant's credits"),
            "intro": _("For the present month. They cannot fall below what is already used or reserved."),
            "opts": self.opts,
        }
        status = 400 if form.errors else 200
        return TemplateResponse(request, "accounts/admin_form.html", context, status=status)

    def _set(self, request: HttpRequest, form: CreditsForm, participant: Participant) -> Allowance | None:
        try:
            allowance = services.set_credits(
                actor=cast(User, request.user), participant=participant, credits=form.cleaned_data["credits"]
            )
        except DailiesError as error:
            form.add_error("credits", error.message)
            return None
        messages.success(request, _("The credits of this month are changed."))
        return allowance


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly, ModelAdmin):
    list_display = ("created_at", "allowance", "kind", "credits", "reservation")
    list_select_related = ("allowance__participant",)
    list_filter = ("kind",)
    search_fields = ("reservation",)
    show_full_result_count = False
