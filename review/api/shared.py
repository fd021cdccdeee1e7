"""What the review's part of the API shares."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.permissions import IsReviewer
from accounts.states import Scope
from common.errors import NotFound
from common.serializers import RequestBody
from review import policies
from review.models import Claim, ReviewCase


def person_of(request: Request) -> User:
    return cast(User, request.user)


def checked(body: type[RequestBody], request: Request) -> dict[str, Any]:
    serializer = body(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class DeskView(APIView):
    """What all of the desk shares: reviewers only, with the scope `review`."""

    permission_classes = (IsReviewer,)
    required_scopes = {"GET": Scope.REVIEW, "POST": Scope.REVIEW}

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Answers hold claim tokens and somebody's private work: no cache keeps them."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "private, no-store"
        return answer

    def known_case(self, request: Request, case_id: UUID) -> ReviewCase:
        """The case to act on; the service says what this reviewer may do with it."""
        case = ReviewCase.objects.select_related("video").filter(pk=case_id).first()
        if case is None:
            raise NotFound
        return case

    def held_claim(self, request: Request, case_id: UUID) -> Claim:
        """The reviewer's live claim, which opens the content; else the case seems not to exist."""
        claim = policies.held_by(person_of(request)).filter(case=case_id).select_related("case__video").first()
        if claim is None:
            raise NotFound
        return claim
