"""To pass a case, or to let it wait or go on, in the API."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.errors import FieldError, Invalid
from review import services
from review.api.shared import DeskView, checked, person_of
from review.models import ReviewQueue
from review.serializers.artist import BodylessRequest
from review.serializers.queue import (
    HandBody,
    HoldBody,
    InterestSerializer,
    PassBody,
    RecuseBody,
    SendBody,
    WaitingSerializer,
)


class CasePass(DeskView):
    """Leaves a case to others."""

    @extend_schema(summary="Pass a case, without a reason", request=PassBody, responses=WaitingSerializer)
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = checked(PassBody, request)
        passed = services.pass_by(actor=person_of(request), case=case, token=body["claim_token"])
        return Response(WaitingSerializer(passed).data)


class CaseHold(DeskView):
    """Lets a case wait until a time."""

    @extend_schema(summary="Put a case on hold", request=HoldBody, responses=WaitingSerializer)
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = checked(HoldBody, request)
        token = body.pop("claim_token")
        return Response(WaitingSerializer(services.hold(actor=person_of(request), case=case, token=token, **body)).data)


class CaseUnhold(DeskView):
    """Lets a case come back before its time."""

    @extend_schema(summary="Take a case off hold", request=BodylessRequest, responses=WaitingSerializer)
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        checked(BodylessRequest, request)
        return Response(WaitingSerializer(services.unhold(actor=person_of(request), case=case)).data)


class CaseHand(DeskView):
    """Gives a case to one reviewer."""

    @extend_schema(summary="Hand a case to a reviewer", request=HandBody, responses=WaitingSerializer)
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = checked(HandBody, request)
        reviewer = User.objects.filter(email__iexact=body["reviewer"], is_active=True).first()
        if reviewer is None or not reviewer.is_reviewer:
            raise Invalid([FieldError("reviewer", _("There is no such reviewer."), _("a reviewer's e-mail address"))])
        handed = services.hand(
            actor=person_of(request), case=case, reviewer=reviewer, note=body["note"], token=body["claim_token"]
        )
        return Response(WaitingSerializer(handed).data)


class CaseSend(DeskView):
    """Escalates a case to the people of a specialist queue."""

    @extend_schema(summary="Escalate a case to a queue", request=SendBody, responses=WaitingSerializer)
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = checked(SendBody, request)
        queue = ReviewQueue.objects.filter(slug=body["queue"], retired_at=None).first()
        if queue is None:
            raise Invalid([FieldError("queue", _("There is no such queue."), _("the key of an open queue"))])
        sent = services.send_to_queue(
            actor=person_of(request), case=case, queue=queue, note=body["note"], token=body["claim_token"]
        )
        return Response(WaitingSerializer(sent).data)


class CaseRecusal(DeskView):
    """Keeps the holder away from the work of a case's artist."""

    @extend_schema(summary="Keep away from this artist's work", request=RecuseBody, responses=InterestSerializer)
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = checked(RecuseBody, request)
        interest = services.recuse(actor=person_of(request), case=case, token=body["claim_token"], kind=body["kind"])
        return Response(InterestSerializer(interest).data)
