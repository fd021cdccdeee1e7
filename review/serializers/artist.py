"""What the artist's side of the API takes and gives."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.serializers import RequestBody
from review.models import PolicyVersion, ReasonCode
from review.services.text import NOTE_LENGTH
from review.states import CaseState, Outcome


class BodylessRequest(RequestBody):
    """A request whose address says everything."""


class SubmissionBody(RequestBody):
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=NOTE_LENGTH)


class ReasonCodeSerializer(serializers.ModelSerializer[ReasonCode]):
    class Meta:
        model = ReasonCode
        fields = ("code", "label", "description")


class PolicySerializer(serializers.ModelSerializer[PolicyVersion]):
    """A policy version with its reasons."""

    slug = serializers.CharField(source="policy.slug")
    title = serializers.CharField(source="policy.title")
    reasons = ReasonCodeSerializer(source="reason_codes", many=True)

    class Meta:
        model = PolicyVersion
        fields = ("slug", "title", "number", "body", "effective_at", "reasons")


class ArtistDecisionSerializer(serializers.Serializer[Any]):
    """A decision as the artist reads it: a statement of reasons, without the person who decided."""

    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField(source="reason_code", help_text="Empty for an approval.")
    reason_label = serializers.CharField()
    reason_description = serializers.CharField()
    message = serializers.CharField()
    policy_version = serializers.IntegerField()
    decided_at = serializers.DateTimeField()


class SubmissionSerializer(serializers.Serializer[Any]):
    """A case as the artist sees it."""

    id = serializers.UUIDField(source="case.id")
    video = serializers.UUIDField(source="case.video_id")
    note = serializers.CharField(source="case.note")
    state = serializers.ChoiceField(source="case.state", choices=CaseState.choices)
    place = serializers.IntegerField(allow_null=True, help_text="In the queue, from 1; null unless it waits there.")
    submitted_at = serializers.DateTimeField(source="case.opened_at")
    closed_at = serializers.DateTimeField(source="case.closed_at", allow_null=True)
    decision = ArtistDecisionSerializer(allow_null=True)
