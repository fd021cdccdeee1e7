"""Reports of shared works in the API: for everybody, without an account."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from review import services
from review.api.shared import checked
from review.selectors.reports import outcome_of, report_behind
from review.serializers.reports import ReportBody, ReportMadeSerializer, ReportOutcomeSerializer
from review.services.reports import PUBLIC
from review.throttles import ReportsPerAddress
from videos import visibility


class PublicView(APIView):
    """Open to everybody; nothing of it is kept by a cache."""

    permission_classes = (AllowAny,)
    required_scopes = None

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "private, no-store"
        return answer


class Reports(PublicView):
    """Reports a shared work."""

    throttle_classes = (ReportsPerAddress,)

    @extend_schema(
        summary="Report a shared work",
        description="Nobody has to sign in. The work's artist never learns who reported it.",
        request=ReportBody,
        responses={201: ReportMadeSerializer},
        auth=[{}],
    )
    def post(self, request: Request, token: str) -> Response:
        grant = visibility.live_share(token)
        body = checked(ReportBody, request)
        _report, secret = services.report(actor=PUBLIC, grant=grant, **body)
        made = {
            "outcome_url": settings.SITE_URL + reverse("api-report", args=[secret]),
            "outcome_page": settings.SITE_URL + reverse("report-outcome", args=[secret]),
        }
        return Response(ReportMadeSerializer(made).data, status=status.HTTP_201_CREATED)


class ReportOutcome(PublicView):
    """Where a report stands."""

    @extend_schema(summary="What came of a report", responses=ReportOutcomeSerializer, auth=[{}])
    def get(self, request: Request, token: str) -> Response:
        return Response(ReportOutcomeSerializer(outcome_of(report_behind(token))).data)
