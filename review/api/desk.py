"""The desk in the API."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from review import selectors, services
from review.api.shared import DeskView, checked, person_of
from review.models import Claim, ReviewCase
from review.serializers.artist import BodylessRequest
from review.serializers.desk import (
    CaseSerializer,
    ClaimBody,
    ClaimedCaseSerializer,
    ClaimSerializer,
    ClaimTokenBody,
    ReleasedSerializer,
)


class CaseDetail(DeskView):
    """A case with its content."""

    @extend_schema(summary="A case that you hold", responses=CaseSerializer)
    def get(self, request: Request, case_id: UUID) -> Response:
        claim = self.held_claim(request, case_id)
        return Response(CaseSerializer(selectors.case_view(claim.case, claim.reviewer), context={"claim": claim}).data)


class CaseClaim(DeskView):
    """Takes a case out of the queue."""

    @extend_schema(summary="Claim a case", request=ClaimBody, responses={201: ClaimedCaseSerializer})
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = checked(ClaimBody, request)
        return _claimed(services.claim(actor=person_of(request), case=case, take_over=body["take_over"]))


class NextCase(DeskView):
    """Takes the case that is due first."""

    @extend_schema(
        summary="Claim the next case",
        request=BodylessRequest,
        responses={201: ClaimedCaseSerializer, 204: OpenApiResponse(description="Nothing waits for you.")},
    )
    def post(self, request: Request) -> Response:
        checked(BodylessRequest, request)
        found = services.claim_next(actor=person_of(request))
        return _claimed(found) if found else Response(status=status.HTTP_204_NO_CONTENT)


class CaseRenewal(DeskView):
    """Keeps a claim alive."""

    @extend_schema(summary="Renew your claim", request=ClaimTokenBody, responses=ClaimSerializer)
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = checked(ClaimTokenBody, request)
        claim = services.renew(actor=person_of(request), case=case, token=body["claim_token"])
        return Response(ClaimSerializer(claim).data)


class CaseRelease(DeskView):
    """Puts a case back."""

    @extend_schema(summary="Put a case back into the queue", request=ClaimTokenBody, responses=ReleasedSerializer)
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = checked(ClaimTokenBody, request)
        released = services.release(actor=person_of(request), case=case, token=body["claim_token"])
        return Response(ReleasedSerializer(released).data)


def _claimed(found: tuple[Claim, str]) -> Response:
    claim, token = found
    case = ReviewCase.objects.select_related("video").get(pk=claim.case_id)
    context = {"claim": claim, "token": token}
    view = ClaimedCaseSerializer(selectors.case_view(case, claim.reviewer), context=context)
    return Response(view.data, status=status.HTTP_201_CREATED)
