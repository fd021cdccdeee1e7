"""The review in the API: the artist's side, and the desk."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.permissions import ANY_SCOPE, IsReviewer
from accounts.states import Scope
from common.errors import NotFound
from common.pagination import LongestWaitFirst, NewestFirst
from common.serializers import RequestBody
from review import policies, selectors, services
from review.models import Claim, ReviewCase
from review.serializers import (
    BodylessRequest,
    CaseSerializer,
    ClaimBody,
    ClaimedCaseSerializer,
    ClaimSerializer,
    ClaimTokenBody,
    DecisionBody,
    DecisionSerializer,
    PolicySerializer,
    QueueRowSerializer,
    ReleasedSerializer,
    SubmissionBody,
    SubmissionSerializer,
)
from videos.api import OfOneVideo
from videos.models import Video


def _person(request: Request) -> User:
    return cast(User, request.user)


def _checked(body: type[RequestBody], request: Request) -> dict[str, Any]:
    serializer = body(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


# --- The artist --------------------------------------------------------------------------------------------------


class SubmissionList(OfOneVideo):
    """The submissions of one of your videos."""

    required_scopes = {"GET": Scope.VIDEOS_READ, "POST": Scope.VIDEOS_SHARE}

    def _video(self, request: Request, video_id: UUID) -> Video:
        video = Video.objects.filter(owner=_person(request), pk=video_id).first()
        if video is None:
            raise NotFound
        return video

    @extend_schema(summary="Your submissions of a video, newest first", responses=SubmissionSerializer(many=True))
    def get(self, request: Request, video_id: UUID) -> Response:
        paginator = NewestFirst()
        cases = policies.visible_to(_person(request)).filter(video=self._video(request, video_id))
        page = paginator.paginate_queryset(cases, request, view=self) or []
        rows = SubmissionSerializer(selectors.submissions(page), many=True).data
        return paginator.get_paginated_response(rows)

    @extend_schema(summary="Submit a video for sharing", request=SubmissionBody, responses={201: SubmissionSerializer})
    def post(self, request: Request, video_id: UUID) -> Response:
        video = self._video(request, video_id)
        body = _checked(SubmissionBody, request)
        case = services.submit(actor=_person(request), video=video, note=body["note"])
        return Response(_submission(case), status=status.HTTP_201_CREATED)


class SubmissionWithdrawal(OfOneVideo):
    """Takes a submission back."""

    required_scopes = {"POST": Scope.VIDEOS_SHARE}

    @extend_schema(summary="Withdraw a submission", request=BodylessRequest, responses=SubmissionSerializer)
    def post(self, request: Request, case_id: UUID) -> Response:
        case = policies.visible_to(_person(request)).filter(pk=case_id).first()
        if case is None:
            raise NotFound
        _checked(BodylessRequest, request)
        return Response(_submission(services.withdraw(actor=_person(request), case=case)))


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


# --- The desk ----------------------------------------------------------------------------------------------------


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
        claim = policies.held_by(_person(request)).filter(case=case_id).select_related("case__video").first()
        if claim is None:
            raise NotFound
        return claim


@extend_schema(summary="The queue, longest wait first")
class CaseList(ListAPIView[ReviewCase]):
    """Open cases without any of their content."""

    permission_classes = (IsReviewer,)
    required_scopes = {"GET": Scope.REVIEW}
    serializer_class = QueueRowSerializer
    pagination_class = LongestWaitFirst
    queryset = ReviewCase.objects.none()

    def get_queryset(self) -> QuerySet[ReviewCase]:
        return selectors.open_cases(_person(self.request))


class CaseDetail(DeskView):
    """A case with its content."""

    @extend_schema(summary="A case that you hold", responses=CaseSerializer)
    def get(self, request: Request, case_id: UUID) -> Response:
        claim = self.held_claim(request, case_id)
        return Response(CaseSerializer(selectors.case_view(claim.case), context={"claim": claim}).data)


class CaseClaim(DeskView):
    """Takes a case out of the queue."""

    @extend_schema(summary="Claim a case", request=ClaimBody, responses={201: ClaimedCaseSerializer})
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = _checked(ClaimBody, request)
        return _claimed(services.claim(actor=_person(request), case=case, take_over=body["take_over"]))


class NextCase(DeskView):
    """Takes the case that has waited longest."""

    @extend_schema(
        summary="Claim the next case",
        request=BodylessRequest,
        responses={201: ClaimedCaseSerializer, 204: OpenApiResponse(description="Nothing waits for you.")},
    )
    def post(self, request: Request) -> Response:
        _checked(BodylessRequest, request)
        found = services.claim_next(actor=_person(request))
        return _claimed(found) if found else Response(status=status.HTTP_204_NO_CONTENT)


class CaseRenewal(DeskView):
    """Keeps a claim alive."""

    @extend_schema(summary="Renew your claim", request=ClaimTokenBody, responses=ClaimSerializer)
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = _checked(ClaimTokenBody, request)
        claim = services.renew(actor=_person(request), case=case, token=body["claim_token"])
        return Response(ClaimSerializer(claim).data)


class CaseRelease(DeskView):
    """Puts a case back."""

    @extend_schema(summary="Put a case back into the queue", request=ClaimTokenBody, responses=ReleasedSerializer)
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = _checked(ClaimTokenBody, request)
        released = services.release(actor=_person(request), case=case, token=body["claim_token"])
        return Response(ReleasedSerializer(released).data)


class CaseDecision(DeskView):
    """Decides a case."""

    @extend_schema(summary="Decide a case that you hold", request=DecisionBody, responses={201: DecisionSerializer})
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = _checked(DecisionBody, request)
        reason_code = body.pop("reason")
        decision = services.decide(actor=_person(request), case=case, reason_code=reason_code, **body)
        return Response(DecisionSerializer(decision).data, status=status.HTTP_201_CREATED)


def _claimed(found: tuple[Claim, str]) -> Response:
    claim, token = found
    case = ReviewCase.objects.select_related("video").get(pk=claim.case_id)
    context = {"claim": claim, "token": token}
    view = ClaimedCaseSerializer(selectors.case_view(case), context=context)
    return Response(view.data, status=status.HTTP_201_CREATED)
