"""Notifications in the API."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

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
from common.serializers import RequestBody
from notifications.models import Notification
from notifications.policies import visible_to
from notifications.services import mark_read


class NotificationSerializer(serializers.ModelSerializer[Notification]):
    """One message, as its recipient sees it."""

    class Meta:
        model = Notification
        fields = ("id", "kind", "subject", "body", "path", "action_label", "created_at", "read_at")
        read_only_fields = fields


class NothingToSay(RequestBody):
    """A request whose address says everything."""


@extend_schema(summary="What you were told, newest first")
class NotificationList(ListAPIView[Notification]):
    """Messages to the person who asks."""

    serializer_class = NotificationSerializer
    # Messages speak of the states of one's videos, so the same scope opens them.
    required_scopes = {"GET": Scope.VIDEOS_READ}
    queryset = Notification.objects.none()

    def get_queryset(self) -> QuerySet[Notification]:
        return visible_to(cast(User, self.request.user))


class NotificationRead(APIView):
    """Marks one message as read."""

    required_scopes = {"POST": Scope.VIDEOS_READ}

    @extend_schema(summary="Mark as read", request=NothingToSay, responses=NotificationSerializer)
    def post(self, request: Request, notification_id: UUID) -> Response:
        NothingToSay(data=request.data).is_valid(raise_exception=True)
        user = cast(User, request.user)
        notification: Any = visible_to(user).filter(pk=notification_id).first()
        if notification is None:
            raise NotFound
        return Response(NotificationSerializer(mark_read(actor=user, notification=notification)).data)
