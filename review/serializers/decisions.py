"""What decisions take and give in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.serializers import LinesField, RequestBody
from review.serializers.desk import ShownField
from review.services.text import MESSAGE_LENGTH
from review.states import CaseState, Opinion


class DecisionBody(RequestBody):
    claim_token = serializers.CharField(max_length=100)
    case_version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    outcome = serializers.ChoiceField(
        choices=Opinion.choices,
        help_text="Of an appeal `approve` overturns and `reject` upholds; of a report `reject` takes the work down.",
    )
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=40)
    artist_message = LinesField(required=False, allow_blank=True, default="", max_length=MESSAGE_LENGTH)
    internal_note = LinesField(
        required=False,
        allow_blank=True,
        default="",
        max_length=MESSAGE_LENGTH,
        help_text="Never shown to the artist. An escalation needs one.",
    )
    escalate_to = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=50,
        help_text="With `escalate`: the slug of a queue of specialists; empty for the lead reviewers.",
    )
    shown = ShownField(help_text="Kind and SHA-256 of every rendition of the case, as the claim listed them.")


class DecisionSerializer(serializers.Serializer[Any]):
    """What was written: your opinion, and where it leaves the case."""

    id = serializers.UUIDField()
    case = serializers.UUIDField()
    outcome = serializers.ChoiceField(choices=Opinion.choices)
    reason = serializers.CharField()
    artist_message = serializers.CharField()
    policy_version = serializers.IntegerField()
    decided_at = serializers.DateTimeField()
    renditions = serializers.DictField(child=serializers.CharField())
    case_state = serializers.ChoiceField(
        choices=CaseState.choices,
        help_text="`decided`; or `awaiting_second` or `escalated`, where somebody else has to look at it too.",
    )
