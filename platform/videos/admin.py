"""Videos in the admin panel: their states and hashes, never what they show or say.

An admin has no access to private work here. Titles, prompts and bytes are their artist's; reaching them takes a written
reason, which is another part of the programme.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action

from common.admin import ReadOnly
from videos.models import Approval, ApprovedRendition, Rendition, ShareGrant, Video


class RenditionInline(ReadOnly, TabularInline):
    model = Rendition
    fields = ("kind", "sha256", "size", "content_type")
    extra = 0


class ApprovedRenditionInline(ReadOnly, TabularInline):
    model = ApprovedRendition
    fields = ("rendition", "sha256")
    extra = 0


@admin.register(Video)
class VideoAdmin(ReadOnly, ModelAdmin):
    """What state each video is in, and the one thing that an admin does to it."""

    list_display = ("id", "owner", "enforcement", "width", "height", "created_at")
    list_filter = ("enforcement",)
    list_select_related = ("owner",)
    search_fields = ("id", "owner__email")
    fields = ("id", "owner", "enforcement", "width", "height", "fps", "frame_count", "created_at")
    readonly_fields = fields
    inlines: ClassVar[list[Any]] = [RenditionInline]
    actions_detail = ("take_down",)
    show_full_result_count = False

    @action(description=gettext_lazy("Take down"), url_path="take-down", permissions=["view"])
    def take_down(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page that asks for the reason belongs to the review, whose decision it makes."""
        video = self.get_object(request, object_id)
        if video is None:
            raise Http404
        return redirect("admin:review_take_down", video.pk)


@admin.register(Rendition)
class RenditionAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "kind", "sha256", "size", "created_at")
    list_filter = ("kind",)
    search_fields = ("sha256", "video__id")
    fields = (
        "id",
        "video",
        "kind",
        "language",
        "sha256",
        "size",
        "content_type",
        "width",
        "height",
        "created_at",
        "replaced_at",
    )
    readonly_fields = fields
    show_full_result_count = False


@admin.register(Approval)
class ApprovalAdmin(ReadOnly, ModelAdmin):
    list_display = ("id", "video", "approver", "approved_at", "voided_at")
    list_select_related = ("video", "approver")
    search_fields = ("video__id", "approver__email")
    fields = ("id", "video", "approver", "decision_id", "approved_at", "voided_at", "void_reason")
    readonly_fields = fields
    inlines: ClassVar[list[Any]] = [ApprovedRenditionInline]


@admin.register(ShareGrant)
class ShareGrantAdmin(ReadOnly, ModelAdmin):
    """Without the address: a revoked one stays nobody's business, and a live one is its artist's to give."""

    list_display = ("id", "video", "created_at", "revoked_at")
    list_select_related = ("video",)
    search_fields = ("video__id",)
    fields = ("id", "video", "approval", "created_at", "revoked_at", "revoked_reason")
    readonly_fields = fields
