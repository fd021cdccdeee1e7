"""Appeals in the admin panel: to read, with who may decide those that wait.

What artist and reviewer wrote stays out.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin

from common.admin import ReadOnly
from review.models import Appeal
from review.selectors.appeals import appeals_without_a_lead, escalated_without_anybody, free_leads
from review.states import AppealState


@admin.register(Appeal)
class AppealAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "state", "opened_at", "closed_at", "leads_free")
    list_filter = ("state",)
    list_select_related = ("decision",)
    fields = ("id", "state", "decision", "case", "opened_at", "closed_at", "leads_free")
    readonly_fields = fields
    show_full_result_count = False

    @admin.display(description=gettext_lazy("lead reviewers who may decide it"))
    def leads_free(self, appeal: Appeal) -> str:
        if appeal.state != AppealState.PENDING:
            return "–"
        return str(free_leads(appeal).count() or _("none: it waits"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Says at its head what cannot go on by itself."""
        if stuck := len(appeals_without_a_lead()):
            sentence = ngettext(
                "%(count)s appeal waits for nobody: every lead reviewer took part in the decision, or keeps away from "
                "the artist's work. Make somebody else a lead reviewer.",
                "%(count)s appeals wait for nobody: every lead reviewer took part in the decisions, or keeps away from "
                "the artists' work. Make somebody else a lead reviewer.",
                stuck,
            )
            messages.warning(request, sentence % {"count": stuck})
        if stuck := escalated_without_anybody().count():
            sentence = ngettext(
                "%(count)s escalated case waits for nobody: every lead reviewer has given an opinion of it, or keeps "
                "away from the artist's work. Make somebody else a lead reviewer.",
                "%(count)s escalated cases wait for nobody: every lead reviewer has given an opinion of them, or keeps "
                "away from the artists' work. Make somebody else a lead reviewer.",
                stuck,
            )
            messages.warning(request, sentence % {"count": stuck})
        response: HttpResponse = super().changelist_view(request, extra_context)
        return response
