"""Comments pinned to moments of a case that one holds, in the API."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.states import Scope
from common.errors import NotFound
from review import policies, selectors, services
from review.api.shared import DeskView, checked, person_of
from review.models import Comment
from review.serializers.comments import CommentBody, CommentSerializer, words_of
from review.serializers.desk import ClaimTokenBody


class CaseComments(DeskView):
    """The comments of a case that you hold."""

    @extend_schema(summary="Comments of this round, in time order", responses=CommentSerializer(many=True))
    def get(self, request: Request, case_id: UUID) -> Response:
        claim = self.held_claim(request, case_id)
        found = selectors.comments_of_round(claim.case, person_of(request))
        return Response(CommentSerializer(found, many=True, context={"reviewer": person_of(request)}).data)

    @extend_schema(summary="Pin a comment to a moment", request=CommentBody, responses={201: CommentSerializer})
    def post(self, request: Request, case_id: UUID) -> Response:
        case = self.known_case(request, case_id)
        body = checked(CommentBody, request)
        made = services.add_comment(actor=person_of(request), case=case, **words_of(body))
        data = CommentSerializer(made, context={"reviewer": person_of(request)}).data
        return Response(data, status=status.HTTP_201_CREATED)


class OfOneComment(DeskView):
    """The base of the addresses of one comment: it exists for whoever holds its case."""

    required_scopes = {"PATCH": Scope.REVIEW, "POST": Scope.REVIEW}

    def comment(self, request: Request, comment_id: UUID) -> Comment:
        claims = policies.held_by(person_of(request)).values("case")
        found = Comment.objects.select_related("case__video", "video").filter(pk=comment_id, case__in=claims).first()
        if found is None:
            raise NotFound
        return found


class OneComment(OfOneComment):
    """One comment."""

    @extend_schema(summary="Change a comment of yours", request=CommentBody, responses=CommentSerializer)
    def patch(self, request: Request, comment_id: UUID) -> Response:
        comment = self.comment(request, comment_id)
        body = checked(CommentBody, request)
        changed = services.edit_comment(actor=person_of(request), comment=comment, **words_of(body))
        return Response(CommentSerializer(changed, context={"reviewer": person_of(request)}).data)


class CommentRemoval(OfOneComment):
    """Takes a comment back."""

    @extend_schema(summary="Remove a comment", request=ClaimTokenBody, responses={204: None})
    def post(self, request: Request, comment_id: UUID) -> Response:
        comment = self.comment(request, comment_id)
        body = checked(ClaimTokenBody, request)
        services.remove_comment(actor=person_of(request), comment=comment, claim_token=body["claim_token"])
        return Response(status=status.HTTP_204_NO_CONTENT)
