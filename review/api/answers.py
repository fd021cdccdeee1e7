"""The artist's answers to requests for changes, in the API."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.states import Scope
from common.errors import NotFound
from review import policies, services
from review.api.shared import checked, person_of
from review.models import ReviewCase
from review.selectors import dialogue
from review.serializers.answers import AnswerBody, AnswerSerializer
from videos.api import OfOneVideo
from videos.models import Video


class Answers(OfOneVideo):
    """What you answered to the requests for changes of one submission."""

    required_scopes = {"GET": Scope.VIDEOS_READ, "POST": Scope.VIDEOS_SHARE}

    def _case(self, request: Request, case_id: UUID) -> ReviewCase:
        case = policies.visible_to(person_of(request)).filter(pk=case_id).first()
        if case is None:
            raise NotFound
        return case

    @extend_schema(summary="Your answers in a submission, oldest first", responses=AnswerSerializer(many=True))
    def get(self, request: Request, case_id: UUID) -> Response:
        return Response(AnswerSerializer(dialogue.answers_of(self._case(request, case_id)), many=True).data)

    @extend_schema(
        summary="Answer a request for changes",
        description=(
            "With words, with another finished video of yours in the former one's place, or with both. The same "
            "submission goes back to the reviewers, with a new deadline. 409 when the latest decision asks for nothing."
        ),
        request=AnswerBody,
        responses={201: AnswerSerializer},
    )
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self._case(request, case_id)
        body = checked(AnswerBody, request)
        # By its id alone: the service looks whose it is.
        video = Video(pk=body["video"]) if body["video"] else None
        answer = services.answer(actor=person_of(request), case=case, body=body["body"], video=video)
        return Response(AnswerSerializer(answer).data, status=status.HTTP_201_CREATED)
