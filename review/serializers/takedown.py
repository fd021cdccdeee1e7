"""What an admin's own take-down takes and gives in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.serializers import LinesField, RequestBody
from review.services.text import MESSAGE_LENGTH
from videos.states import Enforcement


class TakeDownBody(RequestBody):
    """Why a work is taken down. Its artist reads both, in a statement of reasons."""

    reason = serializers.CharField(
        allow_blank=True, max_length=40, help_text="A reason code of a policy in force: see `/api/v1/policies/`."
    )
    artist_message = LinesField(
        allow_blank=True,
        trim_whitespace=False,
        max_length=2 * MESSAGE_LENGTH,
        help_text="What exactly it is about, and where in the work.",
    )


class TakenDownSerializer(serializers.Serializer[Any]):
    """What an admin learns of a work that they took down: nothing of what it shows."""

    id = serializers.UUIDField(source="case.video.pk", help_text="The video.")
    enforcement = serializers.ChoiceField(source="case.video.enforcement", choices=Enforcement.choices)
    decision = serializers.UUIDField(source="pk", help_text="Also the number of the artist's statement of reasons.")
    reason = serializers.CharField(source="reason.code")
    policy_version = serializers.IntegerField(source="policy_version.number")
    appeal_until = serializers.DateTimeField(help_text="The last second in which the artist can appeal.")
