"""What the artist's side of the API takes and gives."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.serializers import LinesField, RequestBody
from review.models import PolicyVersion, ReasonCode
from review.selectors import PublicDecision
from review.services.text import NOTE_LENGTH
from review.states import CaseState, Outcome


class BodylessRequest(RequestBody):
    """A request whose address says everything."""


class SubmissionBody(RequestBody):
    note = LinesField(required=False, allow_blank=True, default="", max_length=NOTE_LENGTH)


class ReasonCodeSerializer(serializers.ModelSerializer[ReasonCode]):
    class Meta:
        model = ReasonCode
        fields = ("code", "label", "description", "category")


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


class SubmissionDecisionSerializer(ArtistDecisionSerializer):
    """The same, with the way to its statement of reasons."""

    statement = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField(allow_blank=True, help_text="Its address; empty for an approval."))
    def get_statement(self, decision: PublicDecision) -> str:
        return reverse("api-statement", args=[decision.id]) if decision.has_statement else ""


class WaitSerializer(serializers.Serializer[Any]):
    """What is probably left to wait: a range, since nobody knows better."""

    low_seconds = serializers.FloatField()
    high_seconds = serializers.FloatField()
    measured = serializers.IntegerField(help_text="How many decisions the range is taken from.")


class ReviewProgressSerializer(serializers.Serializer[Any]):
    """Where an open case stands: what the video's page says."""

    where = serializers.CharField(help_text="In words, for a person.")
    place = serializers.IntegerField(allow_null=True, help_text="In the queue, from 1; null where it is not counted.")
    beyond = serializers.IntegerField(
        allow_null=True, help_text="It stands behind at least so many; null unless the place is too far back to count."
    )
    waiting_since = serializers.DateTimeField(source="since")
    expected_wait = WaitSerializer(source="wait", allow_null=True, help_text="Null while too little was measured.")
    due_at = serializers.DateTimeField(help_text="When a decision was promised.")
    overdue = serializers.BooleanField(source="facts.is_overdue")
    escalated = serializers.BooleanField(source="facts.is_escalated")
    two_persons = serializers.BooleanField(source="facts.two_persons")
    on_hold_until = serializers.DateTimeField(source="facts.held_until", allow_null=True)
    after_deadline = serializers.CharField(help_text="What happens when the deadline passes, or has happened.")


class SubmissionSerializer(serializers.Serializer[Any]):
    """A case as the artist sees it."""

    id = serializers.UUIDField(source="case.id")
    video = serializers.UUIDField(source="case.video_id")
    note = serializers.CharField(source="case.note")
    state = serializers.ChoiceField(source="case.state", choices=CaseState.choices)
    place = serializers.IntegerField(allow_null=True, help_text="In the queue, from 1; null unless it waits there.")
    progress = ReviewProgressSerializer(allow_null=True, help_text="Null once the case is closed.")
    submitted_at = serializers.DateTimeField(source="case.opened_at")
    closed_at = serializers.DateTimeField(source="case.closed_at", allow_null=True)
    decision = SubmissionDecisionSerializer(allow_null=True)
