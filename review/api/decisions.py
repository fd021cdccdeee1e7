"""Decisions in the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from review import services
from review.api.shared import DeskView, checked, person_of
from review.models import Assessment, Decision
from review.serializers.decisions import DecisionBody, DecisionSerializer
from review.services.decisions import told


class CaseDecision(DeskView):
    """Decides a case."""

    @extend_schema(summary="Decide a case that you hold", request=DecisionBody, responses={201: DecisionSerializer})
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = checked(DecisionBody, request)
        reason_code = body.pop("reason")
        result = services.decide(actor=person_of(request), case=case, reason_code=reason_code, **body)
        answer = DecisionSerializer(_written(result, body["shown"]))
        return Response(answer.data, status=status.HTTP_201_CREATED)


def _written(result: Decision | Assessment, shown: Mapping[str, str]) -> dict[str, Any]:
    """The same form for a decision and an opinion: a reviewer cannot tell a case with a known answer from another."""
    return {
        "id": result.pk,
        "case": result.case_id,
        "outcome": result.outcome if isinstance(result, Decision) else result.opinion,
        "reason": result.reason.code if result.reason else "",
        "artist_message": result.artist_message,
        "policy_version": result.policy_version.number,
        "decided_at": result.decided_at if isinstance(result, Decision) else result.assessed_at,
        "renditions": dict(shown),
        "case_state": told(result),
    }
