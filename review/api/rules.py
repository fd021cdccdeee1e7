"""The rules in the API: for everybody, without an account."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.throttles import PerAddress
from common.errors import NotFound
from review import selectors
from review.serializers.rules import PolicyVersionSerializer, RulesSerializer


class OpenToAll(APIView):
    """Nobody needs an account to know by which rules a programme decides."""

    permission_classes = (AllowAny,)
    throttle_classes = (PerAddress,)


class Rules(OpenToAll):
    """Every policy in force, and what is coming."""

    @extend_schema(
        summary="The policies in force, with their reason codes, and those to come", responses=RulesSerializer
    )
    def get(self, request: Request) -> Response:
        rules = {"in_force": selectors.policies_in_force(), "coming": selectors.coming_versions()}
        return Response(RulesSerializer(rules).data)


class PolicyVersions(OpenToAll):
    """All versions of one policy."""

    @extend_schema(
        summary="All versions of a policy, newest first",
        operation_id="policy_versions",
        responses=PolicyVersionSerializer(many=True),
    )
    def get(self, request: Request, slug: str) -> Response:
        versions = selectors.versions_of(slug)
        if not versions:
            raise NotFound
        return Response(PolicyVersionSerializer(versions, many=True).data)
