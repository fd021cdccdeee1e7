"""Videos in the API: their owner's business. A reviewer gets a claimed case's renditions here, the rest from review."""

from __future__ import annotations

from typing import Any, NoReturn, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.permissions import ANY_SCOPE
from accounts.states import Scope
from common.errors import Conflict, NotFound
from common.pagination import InPages
from common.parsers import StrictJSON
from common.uploads import takes_file
from videos import delivery, selectors, serializers, services, visibility, webvtt
from videos.models import ShareGrant, Video
from videos.storage import EXTENSIONS

BYTES_ANSWERS: dict[Any, Any] = {
    **{(200, media_type): OpenApiTypes.BINARY for media_type in EXTENSIONS},
    206: OpenApiResponse(description="The part that Range asked for"),
    304: OpenApiResponse(description="You have these bytes already"),
    416: OpenApiResponse(description="The range begins after the end"),
}


class OfOneVideo(APIView):
    """The base of every address that names a video: whoever may not see it learns nothing, not even to sign in."""

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> NoReturn:
        if not isinstance(request.user, User):
            raise NotFound
        super().permission_denied(request, message=message, code=code)

    def own_video(self, video_id: UUID) -> Any:
        """The caller's own video with its details, or NotFound."""
        videos = Video.objects.filter(owner=cast(User, self.request.user), pk=video_id)
        video = selectors.with_details(videos).first()
        if video is None:
            raise NotFound
        return video

    def answer(self, video_id: UUID) -> Response:
        return Response(serializers.VideoDetailSerializer(self.own_video(video_id)).data)


@extend_schema(summary="Your videos, newest first")
class Videos(ListAPIView[Video]):
    """Every finished video of the person who asks."""

    serializer_class = serializers.VideoSerializer
    required_scopes = {"GET": Scope.VIDEOS_READ}
    queryset = Video.objects.none()

    def get_queryset(self) -> QuerySet[Video]:
        return selectors.with_details(Video.objects.filter(owner=cast(User, self.request.user)))


class VideoDetail(OfOneVideo):
    """One of your videos."""

    required_scopes = {"GET": Scope.VIDEOS_READ, "PATCH": Scope.VIDEOS_SHARE}

    @extend_schema(summary="One of your videos", responses=serializers.VideoDetailSerializer)
    def get(self, request: Request, video_id: UUID) -> Response:
        return self.answer(video_id)

    @extend_schema(summary="Name a video", request=serializers.TitleBody, responses=serializers.VideoDetailSerializer)
    def patch(self, request: Request, video_id: UUID) -> Response:
        video = self.own_video(video_id)
        body = serializers.TitleBody(data=request.data)
        body.is_valid(raise_exception=True)
        services.rename(actor=cast(User, request.user), video=video, title=body.validated_data["title"])
        return self.answer(video_id)


class RenditionBytes(OfOneVideo):
    """The bytes of a rendition. A token needs `media:private` for its owner's, `review` for those of a claimed case."""

    required_scopes = {"GET": ANY_SCOPE}
    http_method_names = ["get", "head"]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # Whatever the client accepts, it gets the file; problems are JSON.
        return super().perform_content_negotiation(request, force=True)

    @extend_schema(
        summary="The bytes of a rendition",
        description="Answers Range, If-Range, If-None-Match and HEAD. `?download=1` asks for an attachment.",
        responses=BYTES_ANSWERS,
    )
    def get(self, request: Request, video_id: UUID, kind: str) -> HttpResponseBase:
        rendition = visibility.visible_rendition(visibility.viewer_of(request), video_id, kind)
        return delivery.respond(request, rendition)


class Shares(InPages, OfOneVideo):
    """The public addresses of a video: one live at most."""

    required_scopes = {"GET": Scope.VIDEOS_READ, "POST": Scope.VIDEOS_SHARE}

    @extend_schema(summary="A video's shares, newest first", responses=serializers.ShareSerializer(many=True))
    def get(self, request: Request, video_id: UUID) -> Response:
        grants = ShareGrant.objects.filter(video=self.own_video(video_id))
        return self.in_pages(grants, lambda page: serializers.ShareSerializer(page, many=True).data)

    @extend_schema(
        summary="Share an approved video",
        description="Answers 201, or 200 with the share that is live already.",
        request=serializers.ShareBody,
        responses={201: serializers.ShareSerializer, 200: serializers.ShareSerializer},
    )
    def post(self, request: Request, video_id: UUID) -> Response:
        video = self.own_video(video_id)
        body = serializers.ShareBody(data=request.data)
        body.is_valid(raise_exception=True)
        grant = services.share(actor=cast(User, request.user), video=video, title=body.validated_data["title"])
        known = {live.pk for live in video.live_grants}
        code = status.HTTP_200_OK if grant.pk in known else status.HTTP_201_CREATED
        return Response(serializers.ShareSerializer(grant).data, status=code)


class SharesRevoke(OfOneVideo):
    """Ends the live share."""

    required_scopes = {"POST": Scope.VIDEOS_SHARE}

    @extend_schema(
        summary="End the share", request=serializers.RevokeBody, responses={200: serializers.ShareSerializer}
    )
    def post(self, request: Request, video_id: UUID) -> Response:
        video = self.own_video(video_id)
        body = serializers.RevokeBody(data=request.data)
        body.is_valid(raise_exception=True)
        if not video.live_grants:
            raise Conflict(_("The video is not shared."), code="not_shared")
        reason = body.validated_data["reason"]
        grant = services.revoke_share(actor=cast(User, request.user), grant=video.live_grants[0], reason=reason)
        return Response(serializers.ShareSerializer(grant).data)


@takes_file("file", webvtt.MOST_BYTES)
class Captions(OfOneVideo):
    """The captions of a video: one file of WebVTT."""

    required_scopes = {"PUT": Scope.VIDEOS_SHARE, "DELETE": Scope.VIDEOS_SHARE}
    parser_classes = [MultiPartParser, StrictJSON]

    @extend_schema(
        summary="Give a video captions",
        description=(
            "In place of those that it has. The file is read strictly: an error names the line. 409 while a case is "
            "open; and under a standing approval, unless `end_approval` says that it and the share may end."
        ),
        request={"multipart/form-data": serializers.CaptionsBody},
        responses=serializers.VideoDetailSerializer,
    )
    def put(self, request: Request, video_id: UUID) -> Response:
        video = self.own_video(video_id)
        body = serializers.CaptionsBody(data=request.data)
        body.is_valid(raise_exception=True)
        services.set_captions(
            actor=cast(User, request.user),
            video=video,
            data=body.validated_data["file"].read(webvtt.MOST_BYTES + 1),
            language=body.validated_data["language"],
            end_approval=body.validated_data["end_approval"],
        )
        return self.answer(video_id)

    @extend_schema(
        summary="Take a video's captions away",
        parameters=[OpenApiParameter("end_approval", bool, description="As when they are set.")],
        request=None,
        responses=serializers.VideoDetailSerializer,
    )
    def delete(self, request: Request, video_id: UUID) -> Response:
        video = self.own_video(video_id)
        query = serializers.EndApprovalBody(data=request.query_params)
        query.is_valid(raise_exception=True)
        services.remove_captions(actor=cast(User, request.user), video=video, **query.validated_data)
        return self.answer(video_id)


class Trims(InPages, OfOneVideo):
    """Cuts at both ends of a video: each makes another private one, in a worker."""

    required_scopes = {"GET": Scope.VIDEOS_READ, "POST": Scope.VIDEOS_SHARE}

    @extend_schema(summary="What was cut from a video, newest first", responses=serializers.TrimSerializer(many=True))
    def get(self, request: Request, video_id: UUID) -> Response:
        found = selectors.trims_of(self.own_video(video_id))
        return self.in_pages(found, lambda page: serializers.TrimSerializer(page, many=True).data)

    @extend_schema(
        summary="Trim a video",
        description="Costs no credits. Ask again until `state` is `completed` (then there is a `result`) or `failed`.",
        request=serializers.TrimBody,
        responses={202: serializers.TrimSerializer},
    )
    def post(self, request: Request, video_id: UUID) -> Response:
        video = self.own_video(video_id)
        body = serializers.TrimBody(data=request.data)
        body.is_valid(raise_exception=True)
        made = services.trim(actor=cast(User, request.user), video=video, **body.validated_data)
        return Response(serializers.TrimSerializer(made).data, status=status.HTTP_202_ACCEPTED)
