"""What the dialogue after a request for changes takes and gives in the API."""

from __future__ import annotations

from rest_framework import serializers

from common.serializers import LinesField, RequestBody
from review.models import Answer
from review.services.text import NOTE_LENGTH


class AnswerBody(RequestBody):
    body = LinesField(required=False, allow_blank=True, default="", max_length=NOTE_LENGTH)
    video = serializers.UUIDField(
        required=False,
        allow_null=True,
        default=None,
        help_text="Another finished video of yours, which takes the former one's place.",
    )


class AnswerSerializer(serializers.ModelSerializer[Answer]):
    """One answer. The decision that it answers is among those of the submission."""

    submission = serializers.UUIDField(source="case_id")

    class Meta:
        model = Answer
        fields = ("id", "submission", "decision", "body", "video_before", "video_after", "answered_at")
        read_only_fields = fields
