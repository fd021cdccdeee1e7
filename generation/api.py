"""Generations in the API: what is on offer, what it costs, asking for it, watching it, calling it off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.states import Scope
from common.errors import NotFound
from generation import catalogue, policies, progress, selectors, serializers, services
from generation.catalogue import CatalogueEntry
from generation.models import Generation
from generation.request_check import check_format, check_prompt
from generation.services import idempotency
from generation.services.switches import offered_to
from generation.states import GenerationState


class Models(APIView):
    """The catalogue."""

    required_scopes = {"GET": Scope.GENERATIONS_READ}

    @extend_schema(summary="The models on offer", responses=serializers.ModelsSerializer)
    def get(self, request: Request) -> Response:
        return Response(serializers.ModelsSerializer({"results": _offered(request)}).data)


class Price(APIView):
    """What a format costs, before anything is asked for."""

    required_scopes = {"GET": Scope.GENERATIONS_READ, "POST": Scope.GENERATIONS_READ}

    @extend_schema(
        summary="The price of a format",
        parameters=[
            OpenApiParameter("model", str, required=True),
            OpenApiParameter("size", str, required=True),
            OpenApiParameter("seconds", int, required=True),
        ],
        responses=serializers.PriceSerializer,
    )
    def get(self, request: Request) -> Response:
        query = serializers.PriceQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        seconds = asked["seconds"]
        # An address carries only text; what is no number stays text, and is refused as such.
        if seconds and seconds.isascii() and seconds.isdecimal() and len(seconds) < 10:
            seconds = int(seconds)
        found = check_format(model_key=asked["model"], size=asked["size"], seconds=seconds, offered=_offered(request))
        return Response(serializers.PriceSerializer(found).data)

    @extend_schema(
        summary="The price of a format, and which words of a prompt the model ignores",
        description="Writes nothing. The prompt goes into the body, where no log on the way keeps it.",
        request=serializers.PriceBody,
        responses={200: serializers.PriceSerializer},
    )
    def post(self, request: Request) -> Response:
        body = serializers.PriceBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        found = check_format(
            model_key=asked["model"], size=asked["size"], seconds=asked["seconds"], offered=_offered(request)
        )
        context = {"prompt": check_prompt(asked.get("prompt"))}
        return Response(serializers.PriceSerializer(found, context=context).data)


class OwnGenerations(GenericAPIView[Generation]):
    """The base of what shows generations to the person who asked for them."""

    serializer_class = serializers.GenerationSerializer
    queryset = Generation.objects.none()

    def get_queryset(self) -> Any:
        return selectors.with_refund(policies.visible_to(cast(User, self.request.user)))

    @property
    def default_response_headers(self) -> dict[str, str]:
        # Prompts are private: no cache on the way keeps them.
        return {**super().default_response_headers, "Cache-Control": "private, no-store"}

    def find(self, generation_id: UUID) -> Generation:
        generation = self.get_queryset().filter(pk=generation_id).first()
        if generation is None:
            raise NotFound
        return cast(Generation, generation)

    def around(self, generations: Sequence[Generation]) -> dict[str, Any]:
        """What the rows themselves do not hold, for all of them together."""
        running = [one.pk for one in generations if one.state == GenerationState.RUNNING]
        return {"places": selectors.queue_view(generations), "progress": progress.read(running)}

    def detail(self, generation_id: UUID, **answer: Any) -> Response:
        generation = self.find(generation_id)
        shown = serializers.GenerationDetailSerializer(generation, context=self.around([generation]))
        return Response(shown.data, **answer)


class Generations(OwnGenerations):
    """One's own generations."""

    required_scopes = {"GET": Scope.GENERATIONS_READ, "POST": Scope.GENERATIONS_WRITE}

    @extend_schema(summary="Your generations, newest first", responses=serializers.GenerationSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        shown = serializers.GenerationSerializer(page, many=True, context=self.around(page))
        return self.get_paginated_response(shown.data)

    @extend_schema(
        summary="Generate a video, or up to eight",
        description="Reserves the price and queues it. Poll the address in `links.self`.\n\n"
        "With `seeds`, or a `count` above 1, it makes several, all of them or none, and the answer is "
        '`{"results": [...]}`, in the order of the seeds; one seed is answered as one generation.\n\n'
        "With an `Idempotency-Key` the same request counts once for 24 hours: sent again, it answers 200 with what the "
        "first one made, as it is now, and the header `Idempotent-Replayed: true`. The same key with other parameters "
        "is answered with 422 and the code `idempotency_key_reused`.",
        parameters=[
            OpenApiParameter(
                idempotency.HEADER,
                {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
                OpenApiParameter.HEADER,
                description="A key of your own choice, of visible ASCII characters.",
            )
        ],
        request=serializers.NewGeneration,
        responses={
            201: PolymorphicProxySerializer(
                "Created", [serializers.GenerationDetailSerializer, serializers.BatchSerializer], None
            )
        },
    )
    def post(self, request: Request) -> Response:
        body = serializers.NewGeneration(data=request.data)
        body.is_valid(raise_exception=True)
        asked = dict(body.validated_data)
        key = request.headers.get(idempotency.HEADER)
        if key is not None:
            idempotency.check_key(key)
        wish = services.Wish(model_key=asked.pop("model"), **asked)
        made = services.submit_once(actor=cast(User, request.user), wish=wish, idempotency_key=key or "")
        answer = self.created([generation.pk for generation in made.generations])
        answer.status_code = status.HTTP_200_OK if made.replayed else status.HTTP_201_CREATED
        if made.replayed:
            answer["Idempotent-Replayed"] = "true"
        return answer

    def created(self, ids: Sequence[UUID]) -> Response:
        """One generation is answered as it always was, several as a list."""
        if len(ids) == 1:
            answer = self.detail(ids[0])
            answer["Location"] = answer.data["links"]["self"]
            return answer
        found = self.get_queryset().in_bulk(ids)
        generations = [found[pk] for pk in ids if pk in found]
        shown = serializers.GenerationSerializer(generations, many=True, context=self.around(generations))
        return Response({"results": shown.data})


class GenerationDetail(OwnGenerations):
    """One of them, with its attempts."""

    required_scopes = {"GET": Scope.GENERATIONS_READ}

    @extend_schema(summary="One of your generations", responses=serializers.GenerationDetailSerializer)
    def get(self, request: Request, generation_id: UUID) -> Response:
        return self.detail(generation_id)


class GenerationCancel(OwnGenerations):
    """Calls one off."""

    required_scopes = {"POST": Scope.GENERATIONS_WRITE}

    @extend_schema(
        summary="Cancel a generation",
        description="Waiting: cancelled at once, nothing is charged. Running: it stops at its next step. "
        "Cancelling again answers the same; what has ended answers 409.",
        request=serializers.Nothing,
        responses={200: serializers.GenerationDetailSerializer},
    )
    def post(self, request: Request, generation_id: UUID) -> Response:
        serializers.Nothing(data=request.data).is_valid(raise_exception=True)
        services.cancel(actor=cast(User, request.user), generation=self.find(generation_id))
        return self.detail(generation_id)


def _offered(request: Request) -> Sequence[CatalogueEntry]:
    """What this person may ask for; staff, who take no part, see the whole catalogue."""
    participant = policies.participation_of(cast(User, request.user))
    return offered_to(participant) if participant else catalogue.entries()
