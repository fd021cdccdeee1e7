"""The review in the API, the artist's side."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import ANY_SCOPE
from accounts.states import Scope
from common.errors import NotFound
from common.pagination import InPages
from review import policies, selectors, services
from review.api.shared import checked, person_of
from review.models import ReviewCase
from review.serializers.artist import (
    BodylessRequest,
    PolicySerializer,
    SubmissionBody,
    SubmissionSerializer,
)
from videos.api import OfOneVideo
from videos.models import Video


class SubmissionList(InPages, OfOneVideo):
    """The submissions of one of your videos."""

    required_scopes = {"GET": Scope.VIDEOS_READ, "POST": Scope.VIDEOS_SHARE}

    def _video(self, request: Request, video_id: UUID) -> Video:
        video = Video.objects.filter(owner=person_of(request), pk=video_id).first()
        if video is None:
            raise NotFound
        return video

    @extend_schema(summary="Your submissions of a video, newest first", responses=SubmissionSerializer(many=True))
    def get(self, request: Request, video_id: UUID) -> Response:
        cases = policies.visible_to(person_of(request)).filter(video=self._video(request, video_id))
        return self.in_pages(cases, lambda page: SubmissionSerializer(selectors.submissions(page), many=True).data)

    @extend_schema(summary="Submit a video for sharing", request=SubmissionBody, responses={201: SubmissionSerializer})
    def post(self, request: Request, video_id: UUID) -> Response:
        video = self._video(request, video_id)
        body = checked(SubmissionBody, request)
        case = services.submit(actor=person_of(request), video=video, note=body["note"])
        return Response(_submission(case), status=status.HTTP_201_CREATED)


class SubmissionWithdrawal(OfOneVideo):
    """Takes a submission back."""

    required_scopes = {"POST": Scope.VIDEOS_SHARE}

    @extend_schema(summary="Withdraw a submission", request=BodylessRequest, responses=SubmissionSerializer)
    def post(self, request: Request, case_id: UUID) -> Response:
        case = policies.visible_to(person_of(request)).filter(pk=case_id).first()
        if case is None:
            raise NotFound
        checked(BodylessRequest, request)
        return Response(_submission(services.withdraw(actor=person_of(request), case=case)))


class CurrentPolicy(APIView):
    """The rules by which reviewers decide: open to everybody in the programme."""

    required_scopes = {"GET": ANY_SCOPE}

    @extend_schema(summary="The sharing policy in force, with its reason codes", responses=PolicySerializer)
    def get(self, request: Request) -> Response:
        policy = selectors.current_policy()
        if policy is None:
            raise NotFound
        return Response(PolicySerializer(policy).data)


def _submission(case: ReviewCase) -> Any:
    return SubmissionSerializer(selectors.submissions([case])[0]).data
