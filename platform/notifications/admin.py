"""Notifications in the admin panel: whether they went out, never what they say."""

from __future__ import annotations

from django.contrib import admin
from unfold.admin import ModelAdmin

from common.admin import ReadOnly
from notifications.models import Notification


@admin.register(Notification)
class NotificationAdmin(ReadOnly, ModelAdmin):
    """Read-only: `notifications.services` writes them. The text may speak of unreleased work and is left out."""

    list_display = ("created_at", "kind", "recipient", "emailed_at", "read_at")
    list_filter = ("kind",)
    list_select_related = ("recipient",)
    search_fields = ("recipient__email",)
    date_hierarchy = "created_at"
    fields = ("recipient", "kind", "created_at", "emailed_at", "sending_since", "read_at")
    readonly_fields = fields
