"""Statements of reasons, appeals, and the review's public figures in the API."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.states import Scope
from common.errors import NotFound
from common.pagination import InPages
from review import selectors, services
from review.api.shared import checked, person_of
from review.models import Decision
from review.selectors.statements import adverse_decisions, statement_of, statements
from review.serializers.artist import BodylessRequest
from review.serializers.statements import AppealBody, StatementSerializer
from videos.api import OfOneVideo


class StatementList(InPages):
    """The statements of reasons about your works."""

    required_scopes = {"GET": Scope.VIDEOS_READ}

    @extend_schema(summary="Your statements of reasons, newest first", responses=StatementSerializer(many=True))
    def get(self, request: Request) -> Response:
        decisions = adverse_decisions(person_of(request))
        return self.in_pages(decisions, lambda page: StatementSerializer(statements(page), many=True).data)


class _OfOneDecision(OfOneVideo):
    """To everybody but the artist there is no such decision."""

    def own(self, request: Request, decision_id: UUID) -> Decision:
        decision = adverse_decisions(person_of(request)).filter(pk=decision_id).first()
        if decision is None:
            raise NotFound
        return decision

    def told(self, decision: Decision) -> Response:
        return Response(StatementSerializer(statement_of(decision)).data)


class OneStatement(_OfOneDecision):
    """One statement of reasons."""

    required_scopes = {"GET": Scope.VIDEOS_READ}

    @extend_schema(summary="A statement of reasons, with the DSA's field names", responses=StatementSerializer)
    def get(self, request: Request, decision_id: UUID) -> Response:
        return self.told(self.own(request, decision_id))


class StatementAppeal(_OfOneDecision):
    """Appeals the decision that a statement is about."""

    required_scopes = {"POST": Scope.VIDEOS_SHARE}

    @extend_schema(summary="Appeal a decision", request=AppealBody, responses={201: StatementSerializer})
    def post(self, request: Request, decision_id: UUID) -> Response:
        decision = self.own(request, decision_id)
        services.appeal(actor=person_of(request), decision=decision, body=checked(AppealBody, request)["body"])
        response = self.told(decision)
        response.status_code = status.HTTP_201_CREATED
        return response


class StatementAppealWithdrawal(_OfOneDecision):
    """Takes an appeal back."""

    required_scopes = {"POST": Scope.VIDEOS_SHARE}

    @extend_schema(summary="Withdraw an appeal", request=BodylessRequest, responses=StatementSerializer)
    def post(self, request: Request, decision_id: UUID) -> Response:
        decision = self.own(request, decision_id)
        checked(BodylessRequest, request)
        services.withdraw_appeal(actor=person_of(request), decision=decision)
        return self.told(decision)


class DeadlineFiguresSerializer(serializers.Serializer[selectors.DeadlineFigures]):
    """Promised answers: how many came in time."""

    days = serializers.IntegerField(help_text="The last so many days.")
    met = serializers.IntegerField()
    missed = serializers.IntegerField()
    met_percent = serializers.IntegerField(
        allow_null=True, help_text="Rounded down; null while there is nothing to count."
    )


class ReviewFigures(APIView):
    """What the review publishes about itself: open to everybody."""

    permission_classes = (AllowAny,)

    @extend_schema(summary="Deadlines met and missed", responses=DeadlineFiguresSerializer)
    def get(self, request: Request) -> Response:
        return Response(DeadlineFiguresSerializer(selectors.deadline_figures()).data)
