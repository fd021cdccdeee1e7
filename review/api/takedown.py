"""An admin's own take-down in the API."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsAdmin
from accounts.states import Scope
from common.errors import NotFound
from review import services
from review.api.shared import checked, person_of
from review.serializers.takedown import TakeDownBody, TakenDownSerializer
from videos.api import OfOneVideo
from videos.models import Video


class TakeDown(OfOneVideo):
    """Takes a work down, with a reason. It shows an admin nothing of the work."""

    permission_classes = [IsAdmin]
    required_scopes = {"POST": Scope.PROGRAMME_ADMIN}

    @extend_schema(
        summary="Take a video down",
        description=(
            "At once: page and bytes are gone at the next request. The artist gets a statement of reasons and can "
            "appeal, as with every decision against them. For works that somebody reported, decide the report's case."
        ),
        request=TakeDownBody,
        responses={200: TakenDownSerializer},
    )
    def post(self, request: Request, video_id: UUID) -> Response:
        video = Video.objects.filter(pk=video_id).first()
        if video is None:
            raise NotFound
        body = checked(TakeDownBody, request)
        decision = services.take_down(
            actor=person_of(request),
            video=video,
            reason_code=body["reason"],
            artist_message=body["artist_message"],
        )
        return Response(TakenDownSerializer(decision).data)
