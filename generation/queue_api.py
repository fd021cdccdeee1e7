"""One's own queue in the API: hold a generation back, let it go on, move it among one's own."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.states import Scope
from common.serializers import RequestBody
from generation.api import OwnGenerations
from generation.serializers import GenerationDetailSerializer, Nothing
from generation.services import waiting
from generation.services.waiting import Direction


class Move(RequestBody):
    """Where to, among one's own that wait."""

    to = serializers.ChoiceField(choices=Direction.choices)


class GenerationHold(OwnGenerations):
    """Pauses one that waits."""

    required_scopes = {"POST": Scope.GENERATIONS_WRITE}

    @extend_schema(
        summary="Hold a generation",
        description="It keeps its credits and does not start until you resume it. What does not wait answers 409.",
        request=Nothing,
        responses={200: GenerationDetailSerializer},
    )
    def post(self, request: Request, generation_id: UUID) -> Response:
        Nothing(data=request.data).is_valid(raise_exception=True)
        waiting.hold(actor=cast(User, request.user), generation=self.find(generation_id))
        return self.detail(generation_id)


class GenerationResume(OwnGenerations):
    """Lets a held one go on."""

    required_scopes = {"POST": Scope.GENERATIONS_WRITE}

    @extend_schema(
        summary="Resume a held generation",
        description="It waits for its turn again, from now on.",
        request=Nothing,
        responses={200: GenerationDetailSerializer},
    )
    def post(self, request: Request, generation_id: UUID) -> Response:
        Nothing(data=request.data).is_valid(raise_exception=True)
        waiting.resume(actor=cast(User, request.user), generation=self.find(generation_id))
        return self.detail(generation_id)


class GenerationMove(OwnGenerations):
    """Changes the order of one's own."""

    required_scopes = {"POST": Scope.GENERATIONS_WRITE}

    @extend_schema(
        summary="Move a generation among your own",
        description="Nobody else's turn changes by it.",
        request=Move,
        responses={200: GenerationDetailSerializer},
    )
    def post(self, request: Request, generation_id: UUID) -> Response:
        generation = self.find(generation_id)
        body = Move(data=request.data)
        body.is_valid(raise_exception=True)
        asked: dict[str, Any] = body.validated_data
        waiting.move(actor=cast(User, request.user), generation=generation, to=Direction(asked["to"]))
        return self.detail(generation_id)
