"""Saved replies in the API."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.states import Scope
from common.errors import NotFound
from review import policies, selectors
from review.api.shared import DeskView, checked, person_of
from review.models import SavedReply
from review.serializers.replies import NewReplyBody, ReplyBody, ReplySerializer
from review.services.replies import delete_reply, save_reply


class Replies(DeskView):
    """One's own saved replies, and everybody's."""

    @extend_schema(summary="Your saved replies, and everybody's", responses=ReplySerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(ReplySerializer(selectors.replies_for(person_of(request)), many=True).data)

    @extend_schema(summary="Save a reply", request=NewReplyBody, responses={201: ReplySerializer})
    def post(self, request: Request) -> Response:
        saved = save_reply(actor=person_of(request), **checked(NewReplyBody, request))
        return Response(ReplySerializer(saved).data, status=status.HTTP_201_CREATED)


class OneReply(DeskView):
    """One saved reply that is yours to word."""

    required_scopes = {"PUT": Scope.REVIEW, "DELETE": Scope.REVIEW}

    @extend_schema(summary="Change a saved reply", request=ReplyBody, responses=ReplySerializer)
    def put(self, request: Request, reply_id: UUID) -> Response:
        reply = _known(request, reply_id)
        body = checked(ReplyBody, request)
        return Response(ReplySerializer(save_reply(actor=person_of(request), reply=reply, **body)).data)

    @extend_schema(summary="Delete a saved reply", responses={204: None})
    def delete(self, request: Request, reply_id: UUID) -> Response:
        delete_reply(actor=person_of(request), reply=_known(request, reply_id))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _known(request: Request, reply_id: UUID) -> SavedReply:
    reply = policies.replies_visible_to(person_of(request)).filter(pk=reply_id).first()
    if reply is None or not policies.can_edit_reply(person_of(request), reply):
        raise NotFound
    return reply
