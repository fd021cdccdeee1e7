"""Deciding clear-cut cases alike, in the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import NotFound
from review import filters, policies
from review.api.queue import QUESTIONS
from review.api.shared import DeskView, checked, person_of
from review.models import BulkDecision
from review.selectors.bulk import bulk_choice, bulk_decisions
from review.serializers.artist import BodylessRequest
from review.serializers.replies import BulkBody, BulkSerializer, CandidateSerializer, OneBulkSerializer
from review.services import bulk as services

SHOWN = 100


class BulkCandidates(DeskView):
    """What can be decided alike."""

    @extend_schema(
        summary="Cases that can be decided alike", parameters=QUESTIONS, responses=CandidateSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        query: Any = request.query_params
        rows = bulk_choice(person_of(request), filters.read(dict(query.lists())))
        return Response(CandidateSerializer(rows, many=True).data)


class BulkDecisions(DeskView):
    """Proposals and what became of them."""

    @extend_schema(summary="Bulk decisions, newest first", responses=BulkSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(BulkSerializer(bulk_decisions(person_of(request))[:SHOWN], many=True).data)

    @extend_schema(summary="Propose a bulk decision", request=BulkBody, responses={201: OneBulkSerializer})
    def post(self, request: Request) -> Response:
        body = checked(BulkBody, request)
        made = services.propose(actor=person_of(request), reason_code=body.pop("reason"), **body)
        return Response(_one(request, made.pk), status=status.HTTP_201_CREATED)


class OneBulkDecision(DeskView):
    """One of them."""

    @extend_schema(summary="A bulk decision with its cases", responses=OneBulkSerializer)
    def get(self, request: Request, bulk_id: UUID) -> Response:
        return Response(_one(request, bulk_id))


class BulkConfirmation(DeskView):
    """The second person agrees."""

    @extend_schema(summary="Confirm a bulk decision", request=BodylessRequest, responses=OneBulkSerializer)
    def post(self, request: Request, bulk_id: UUID) -> Response:
        mine = _known(request, bulk_id)
        checked(BodylessRequest, request)
        services.confirm(actor=person_of(request), bulk=mine)
        return Response(_one(request, bulk_id))


class BulkUndo(DeskView):
    """Taken back before it is applied."""

    @extend_schema(summary="Undo a bulk decision", request=BodylessRequest, responses=OneBulkSerializer)
    def post(self, request: Request, bulk_id: UUID) -> Response:
        mine = _known(request, bulk_id)
        checked(BodylessRequest, request)
        services.undo(actor=person_of(request), bulk=mine)
        return Response(_one(request, bulk_id))


def _known(request: Request, bulk_id: UUID) -> BulkDecision:
    mine = policies.bulk_visible_to(person_of(request)).filter(pk=bulk_id).first()
    if mine is None:
        raise NotFound
    return mine


def _one(request: Request, bulk_id: UUID) -> Any:
    mine = bulk_decisions(person_of(request)).prefetch_related("items").filter(pk=bulk_id).first()
    if mine is None:
        raise NotFound
    return OneBulkSerializer(mine).data
