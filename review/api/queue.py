"""The queue in the API: what waits where, and the filters that a reviewer keeps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.states import Scope
from common.errors import NotFound
from review import conditions, filters, selectors, services
from review.api.shared import DeskView, checked, person_of
from review.models import SavedFilter
from review.selectors import QUEUE_ROWS
from review.serializers.queue import (
    QueuePageSerializer,
    QueueRowSerializer,
    QueueSerializer,
    SavedFilterBody,
    SavedFilterSerializer,
)

QUESTIONS = [
    OpenApiParameter(
        name, OpenApiTypes.INT if name in filters.HOURS else OpenApiTypes.STR, many=name not in filters.HOURS
    )
    for name in conditions.FIELDS
]
PAGING = [
    OpenApiParameter("state", OpenApiTypes.STR, many=True),
    OpenApiParameter("queue", OpenApiTypes.STR, description="A queue's key; `general` for the one without rules."),
    OpenApiParameter("for_me", OpenApiTypes.BOOL, description="Only what “next case” would bring."),
    OpenApiParameter("cursor", OpenApiTypes.STR),
    OpenApiParameter("limit", OpenApiTypes.INT, description=f"1 to {QUEUE_ROWS}"),
]


class CaseList(DeskView):
    """Open cases without any of their content, the one that is due first on top."""

    @extend_schema(
        operation_id="review_cases_list",
        summary="The queue",
        parameters=[*QUESTIONS, *PAGING],
        responses=QueuePageSerializer,
    )
    def get(self, request: Request) -> Response:
        chosen = filters.read(_asked(request))
        limit = _limit(request.query_params.get("limit", ""))
        cursor = request.query_params.get("cursor", "")
        if "cursor" in request.query_params and not selectors.is_cursor(cursor):
            raise NotFound
        page = selectors.queue_rows(person_of(request), chosen, after=cursor, limit=limit)
        following = None
        if page.after:
            query = request.query_params.copy()
            query["cursor"] = page.after
            following = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        rows = QueueRowSerializer(page.cases, many=True).data
        return Response({"next": following, "previous": None, "results": rows})


class QueueList(DeskView):
    """Every open queue, with how many wait in it and since when."""

    @extend_schema(summary="The queues at a glance", responses=QueueSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(QueueSerializer(selectors.queues_at_a_glance(person_of(request)), many=True).data)


class FilterList(DeskView):
    """The reviewer's own filters."""

    @extend_schema(summary="Your saved filters", responses=SavedFilterSerializer(many=True))
    def get(self, request: Request) -> Response:
        mine = SavedFilter.objects.filter(owner=person_of(request))
        return Response(SavedFilterSerializer(mine, many=True).data)

    @extend_schema(summary="Save a filter", request=SavedFilterBody, responses={201: SavedFilterSerializer})
    def post(self, request: Request) -> Response:
        body = checked(SavedFilterBody, request)
        saved = services.save_filter(actor=person_of(request), name=body["name"], query=body["query"])
        return Response(SavedFilterSerializer(saved).data, status=status.HTTP_201_CREATED)


class OneFilter(DeskView):
    """One of the reviewer's own filters."""

    required_scopes = {"DELETE": Scope.REVIEW}

    @extend_schema(summary="Delete a saved filter", responses={204: None})
    def delete(self, request: Request, filter_id: UUID) -> Response:
        saved = SavedFilter.objects.filter(pk=filter_id, owner=person_of(request)).first()
        if saved is None:
            raise NotFound
        services.delete_filter(actor=person_of(request), saved=saved)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _asked(request: Request) -> dict[str, list[str]]:
    query: QueryDict | Any = request.query_params
    return dict(query.lists())


def _limit(text: str) -> int:
    return min(max(int(text), 1), QUEUE_ROWS) if text.isdecimal() else QUEUE_ROWS
