"""What the programme sets for its review, in the API: for its admins."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import IsAdmin
from accounts.states import Scope
from review import selectors
from review.api.shared import checked, person_of
from review.serializers.programme import ReviewRulesBody, ReviewRulesSerializer
from review.services.programme import set_rules


class ProgrammeRules(APIView):
    """Deadlines, second persons, appeals, golden items and rests: as in the admin panel."""

    permission_classes = (IsAdmin,)
    required_scopes = {"GET": Scope.PROGRAMME_ADMIN, "PATCH": Scope.PROGRAMME_ADMIN}

    @extend_schema(summary="What the programme sets for its review", responses=ReviewRulesSerializer)
    def get(self, request: Request) -> Response:
        return Response(ReviewRulesSerializer(selectors.review_rules()).data)

    @extend_schema(
        summary="Change what the programme sets for its review",
        description="For what begins from now on: open cases keep what they were promised. Each change is on record.",
        request=ReviewRulesBody,
        responses=ReviewRulesSerializer,
    )
    def patch(self, request: Request) -> Response:
        rules = set_rules(actor=person_of(request), **checked(ReviewRulesBody, request))
        return Response(ReviewRulesSerializer(rules).data)
