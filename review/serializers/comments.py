"""Comments pinned to moments, in the API of the desk."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from common.serializers import LinesField, RequestBody
from review.models import Comment
from review.services import Rectangle
from review.services.comments import COMMENT_LENGTH


class RectangleBody(RequestBody):
    """A part of the frame, in fractions of its width and height from the top left."""

    left = serializers.FloatField(min_value=0, max_value=1)
    top = serializers.FloatField(min_value=0, max_value=1)
    width = serializers.FloatField(min_value=0, max_value=1)
    height = serializers.FloatField(min_value=0, max_value=1)


class CommentBody(RequestBody):
    claim_token = serializers.CharField(max_length=100)
    at_ms = serializers.IntegerField(min_value=0, max_value=2**31 - 1, help_text="Milliseconds from the first frame.")
    body = LinesField(max_length=COMMENT_LENGTH)
    rectangle = RectangleBody(required=False, allow_null=True, default=None)


class CommentSerializer(serializers.Serializer[Any]):
    """A comment as reviewers see it; artists never learn who wrote it."""

    id = serializers.UUIDField()
    round = serializers.IntegerField()
    at_ms = serializers.IntegerField()
    rectangle = serializers.SerializerMethodField()
    body = serializers.CharField()
    mine = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    @extend_schema_field(RectangleBody(allow_null=True))
    def get_rectangle(self, comment: Comment) -> dict[str, float] | None:
        if comment.left is None:
            return None
        return {side: getattr(comment, side) for side in Rectangle._fields}

    def get_mine(self, comment: Comment) -> bool:
        reader: User = self.context["reviewer"] if "reviewer" in self.context else self.context["claim"].reviewer
        return comment.author_id == reader.pk


def words_of(body: dict[str, Any]) -> dict[str, Any]:
    """What the services take."""
    rectangle = body["rectangle"]
    return {
        "claim_token": body["claim_token"],
        "at_ms": body["at_ms"],
        "body": body["body"],
        "rectangle": Rectangle(**rectangle) if rectangle else None,
    }
