"""The audit log in the admin panel: to read, never to write."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin

from audit.models import AuditEvent
from common.admin import ReadOnly


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly, ModelAdmin):
    list_display = (
        "id",
        "at",
        "action",
        "actor_kind",
        "actor_id",
        "target_type",
        "target_id",
        "from_state",
        "to_state",
    )
    list_filter = ("action", "actor_kind", "target_type")
    search_fields = ("target_id", "actor_id")
    ordering = ("-id",)
    show_full_result_count = False
