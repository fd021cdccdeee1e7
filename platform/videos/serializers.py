"""Videos as the API shows them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.serializers import RequestBody
from videos.models import Rendition, ShareGrant, Trim, Video
from videos.selectors import public_name
from videos.services.changes import REASON_LENGTH
from videos.services.titles import TITLE_LENGTH
from videos.visibility import who_may_see


class TitleBody(RequestBody):
    """A new title; an empty one takes it away."""

    title = serializers.CharField(max_length=TITLE_LENGTH, allow_blank=True, help_text=_("One line."))


class ShareBody(RequestBody):
    """A share, and the title that goes with it."""

    title = serializers.CharField(max_length=TITLE_LENGTH, allow_blank=True, required=False, default="")


class CaptionsBody(RequestBody):
    """A WebVTT file and the language that it is in."""

    file = serializers.FileField(allow_empty_file=True, help_text=_("A WebVTT file of at most 200,000 bytes."))
    language = serializers.CharField(max_length=35, help_text=_("A BCP 47 tag: “en”, “pt-BR”."))
    end_approval = serializers.BooleanField(
        required=False,
        default=False,
        help_text=_("That the approval and the share of an approved video shall end: without it, 409."),
    )


class EndApprovalBody(RequestBody):
    """Whether an approval may end."""

    end_approval = serializers.BooleanField(required=False, default=False)


class RevokeBody(RequestBody):
    """Why a share ends; nobody has to say."""

    reason = serializers.CharField(max_length=REASON_LENGTH, allow_blank=True, required=False, default="")


class TrimBody(RequestBody):
    """The part to keep: frames count from 0, and both are in."""

    first_frame = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    last_frame = serializers.IntegerField(min_value=0, max_value=2**31 - 1)


class TrimSerializer(serializers.ModelSerializer[Trim]):
    """A cut at both ends: it costs no credits, and makes another private video."""

    result = serializers.PrimaryKeyRelatedField[Video](
        read_only=True, allow_null=True, help_text=_("The new video, when it is cut.")
    )

    class Meta:
        model = Trim
        fields = (
            "id",
            "video",
            "first_frame",
            "last_frame",
            "state",
            "frames_done",
            "failure",
            "result",
            "created_at",
            "finished_at",
        )
        read_only_fields = fields


class RenditionSerializer(serializers.ModelSerializer[Rendition]):
    """One file, by its SHA-256."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Rendition
        fields = ("kind", "sha256", "size", "content_type", "width", "height", "language", "url")
        read_only_fields = fields

    def get_url(self, rendition: Rendition) -> str:
        address = reverse("api-video-rendition", args=[rendition.video_id, rendition.kind])
        return f"{settings.SITE_URL}{address}"


class TrimLinkSerializer(serializers.ModelSerializer[Trim]):
    """The other video of a cut, and which frames were kept: they count from 0, and both are in."""

    video = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Trim
        fields = ("video", "first_frame", "last_frame", "url")
        read_only_fields = fields

    def get_video(self, trim: Trim) -> UUID:
        return self.other(trim)

    def get_url(self, trim: Trim) -> str:
        return f"{settings.SITE_URL}{reverse('api-video', args=[self.other(trim)])}"

    def other(self, trim: Trim) -> UUID:
        return trim.video_id


class TrimmedToSerializer(TrimLinkSerializer):
    """The same from the other end."""

    def other(self, trim: Trim) -> UUID:
        assert trim.result_id is not None  # noqa: S101  completed ones alone are listed
        return trim.result_id


class VideoSerializer(serializers.ModelSerializer[Video]):
    """A video as its owner sees it. The queryset comes from `selectors.with_details`."""

    artist = serializers.SerializerMethodField(help_text=_("The owner's public name."))
    size = serializers.SerializerMethodField(help_text=_("Width and height, “640x360”."))
    seconds = serializers.FloatField(read_only=True)
    shared = serializers.SerializerMethodField()
    share_url = serializers.SerializerMethodField()
    renditions = RenditionSerializer(many=True, read_only=True)
    trimmed_from = serializers.SerializerMethodField(help_text=_("What it was cut from; null for what was generated."))
    trims = TrimmedToSerializer(
        source="completed_trims", many=True, read_only=True, help_text=_("What was cut from it, newest first.")
    )

    class Meta:
        model = Video
        fields: tuple[str, ...] = (
            "id",
            "title",
            "artist",
            "size",
            "fps",
            "seconds",
            "enforcement",
            "shared",
            "share_url",
            "created_at",
            "trimmed_from",
            "trims",
            "renditions",
        )
        read_only_fields = fields

    def get_artist(self, video: Video) -> str:
        return public_name(video)

    def get_size(self, video: Video) -> str:
        return f"{video.width}x{video.height}"

    @extend_schema_field(TrimLinkSerializer(allow_null=True))
    def get_trimmed_from(self, video: Video) -> Any:
        trim: Trim | None = getattr(video, "trimmed_from", None)
        return TrimLinkSerializer(trim).data if trim else None

    def get_shared(self, video: Any) -> bool:
        return bool(video.live_grants)

    def get_share_url(self, video: Any) -> str | None:
        return share_url(video.live_grants[0]) if video.live_grants else None


class VideoDetailSerializer(VideoSerializer):
    """The same, and who may see it now."""

    who_may_see = serializers.SerializerMethodField()

    class Meta(VideoSerializer.Meta):
        fields = (*VideoSerializer.Meta.fields, "who_may_see")

    def get_who_may_see(self, video: Video) -> list[str]:
        return who_may_see(video)


class ShareSerializer(serializers.ModelSerializer[ShareGrant]):
    """A public address, live or ended."""

    url = serializers.SerializerMethodField(help_text=_("Leads somewhere only while the share is live."))
    live = serializers.SerializerMethodField()

    class Meta:
        model = ShareGrant
        fields = ("id", "url", "live", "created_at", "revoked_at", "revoked_reason")
        read_only_fields = fields

    def get_url(self, grant: ShareGrant) -> str:
        return share_url(grant)

    def get_live(self, grant: ShareGrant) -> bool:
        return grant.revoked_at is None


def share_url(grant: ShareGrant) -> str:
    """The address that an artist gives away."""
    return f"{settings.SITE_URL}{reverse('share-page', args=[grant.token])}"
