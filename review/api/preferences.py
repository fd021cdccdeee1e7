"""A reviewer's own preferences, in the API."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.states import Scope
from review import selectors, services
from review.api.shared import DeskView, checked, person_of
from review.models import ReviewerPreferences
from review.serializers.preferences import PreferencesBody, PreferencesSerializer


class Preferences(DeskView):
    """How you work at the desk, and what you have seen: nobody else can read it."""

    required_scopes = {"GET": Scope.REVIEW, "PUT": Scope.REVIEW}

    @extend_schema(summary="Your preferences, and what you have seen", responses=PreferencesSerializer)
    def get(self, request: Request) -> Response:
        reviewer = person_of(request)
        return Response(_data(selectors.preferences_of(reviewer), reviewer))

    @extend_schema(summary="Set your preferences", request=PreferencesBody, responses=PreferencesSerializer)
    def put(self, request: Request) -> Response:
        reviewer = person_of(request)
        return Response(_data(services.set_preferences(actor=reviewer, **checked(PreferencesBody, request)), reviewer))


def _data(preferences: ReviewerPreferences, reviewer: User) -> dict[str, object]:
    return dict(PreferencesSerializer(preferences, context={"wellness": selectors.wellness_of(reviewer)}).data)
