"""Decisions in the API."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from review import services
from review.api.shared import DeskView, checked, person_of
from review.serializers.desk import DecisionBody, DecisionSerializer


class CaseDecision(DeskView):
    """Decides a case."""

    @extend_schema(summary="Decide a case that you hold", request=DecisionBody, responses={201: DecisionSerializer})
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = checked(DecisionBody, request)
        reason_code = body.pop("reason")
        decision = services.decide(actor=person_of(request), case=case, reason_code=reason_code, **body)
        return Response(DecisionSerializer(decision).data, status=status.HTTP_201_CREATED)
