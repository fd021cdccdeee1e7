"""Credits in the API: what is left, and every movement."""

from __future__ import annotations

from datetime import UTC
from typing import cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.states import Scope
from common.errors import NotFound
from quotas import policies
from quotas.models import LedgerEntry
from quotas.selectors import Balance, balance


class AllowanceSerializer(serializers.Serializer[Balance]):
    """This month's credits: allowance = settled + reserved + free."""

    allowance = serializers.IntegerField()
    settled = serializers.IntegerField()
    reserved = serializers.IntegerField()
    free = serializers.IntegerField()
    renews_at = serializers.DateTimeField(default_timezone=UTC)


class LedgerEntrySerializer(serializers.ModelSerializer[LedgerEntry]):
    """One movement: reserved at submission; settled, released or both at the end."""

    generation_id = serializers.UUIDField(source="reservation", read_only=True)
    month = serializers.DateTimeField(source="allowance.starts_at", format="%Y-%m", read_only=True)

    class Meta:
        model = LedgerEntry
        fields = ("id", "kind", "credits", "generation_id", "month", "created_at")
        read_only_fields = fields


class AllowanceNow(APIView):
    """The credits of the participant who asks."""

    required_scopes = {"GET": Scope.GENERATIONS_READ}

    @extend_schema(summary="Your credits this month", responses=AllowanceSerializer)
    def get(self, request: Request) -> Response:
        participant = policies.participant_of(cast(User, request.user))
        if participant is None:
            raise NotFound
        return Response(AllowanceSerializer(balance(participant)).data)


@extend_schema(summary="Every movement of your credits, newest first")
class Ledger(ListAPIView[LedgerEntry]):
    """The ledger of the participant who asks; empty for people who do not take part."""

    serializer_class = LedgerEntrySerializer
    required_scopes = {"GET": Scope.GENERATIONS_READ}
    queryset = LedgerEntry.objects.none()

    def get_queryset(self) -> QuerySet[LedgerEntry]:
        return policies.visible_to(cast(User, self.request.user)).select_related("allowance")
