"""Saved replies and bulk decisions as the API takes and gives them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers

from common.serializers import LinesField, RequestBody
from review import wording
from review.models import BulkDecision, SavedReply
from review.selectors.bulk import MOST
from review.services.replies import TITLE_LENGTH
from review.services.text import MESSAGE_LENGTH
from review.states import BulkState, Outcome, Topic


class ReplyBody(RequestBody):
    title = serializers.CharField(max_length=TITLE_LENGTH)
    body = LinesField(max_length=MESSAGE_LENGTH)
    reason_code = serializers.CharField(required=False, allow_blank=True, default="", max_length=40)


class NewReplyBody(ReplyBody):
    shared = serializers.BooleanField(required=False, default=False, help_text="For everybody: leads only.")


class ReplySerializer(serializers.ModelSerializer[SavedReply]):
    shared = serializers.SerializerMethodField(help_text="Everybody has it.")

    class Meta:
        model = SavedReply
        fields = ("id", "title", "body", "reason_code", "shared")

    def get_shared(self, reply: SavedReply) -> bool:
        return reply.owner_id is None


class CandidateSerializer(serializers.Serializer[Any]):
    """A case that may be decided with others; nothing of its content."""

    id = serializers.UUIDField(source="case.pk")
    version = serializers.IntegerField(source="case.version", help_text="Goes back with the proposal.")
    waiting_since = serializers.DateTimeField(source="case.opened_at")
    topics = serializers.SerializerMethodField()
    model = serializers.CharField(source="case.model_key")
    language = serializers.CharField(source="case.language")
    group = serializers.IntegerField(help_text="The same number for works that signals found alike; 0: alone.")
    opened = serializers.BooleanField(help_text="You have held it: only then you may approve it with others.")

    def get_topics(self, row: Any) -> list[str]:
        return [str(Topic(topic.topic)) for topic in row.case.topics.all()]


class BulkBody(RequestBody):
    cases = serializers.DictField(
        child=serializers.IntegerField(min_value=1, max_value=2**31 - 1),
        help_text=f"1 to {MOST} cases: id, and the version that you saw.",
    )
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=40)
    artist_message = LinesField(required=False, allow_blank=True, default="", max_length=MESSAGE_LENGTH)

    def validate_cases(self, cases: dict[str, int]) -> dict[UUID, int]:
        try:
            return {UUID(key): version for key, version in cases.items()}
        except ValueError:
            raise serializers.ValidationError("A key is the id of a case.") from None


class BulkItemSerializer(serializers.Serializer[Any]):
    case = serializers.UUIDField(source="case_id")
    case_version = serializers.IntegerField()
    result = serializers.CharField(help_text="Empty until it is applied; `applied`, or why the case was left alone.")
    result_label = serializers.SerializerMethodField()

    def get_result_label(self, item: Any) -> str:
        return wording.result_label(item.result) if item.result else ""


class BulkSerializer(serializers.ModelSerializer[BulkDecision]):
    """A bulk decision. `size` counts its cases."""

    state = serializers.ChoiceField(choices=BulkState.choices)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    reason = serializers.CharField(source="reason.code", default="")
    proposed_by = serializers.CharField()
    confirmed_by = serializers.CharField(allow_null=True)
    size = serializers.IntegerField()

    class Meta:
        model = BulkDecision
        fields = (
            "id",
            "state",
            "outcome",
            "reason",
            "artist_message",
            "size",
            "proposed_by",
            "confirmed_by",
            "proposed_at",
            "confirmed_at",
            "applies_at",
            "closed_at",
        )


class OneBulkSerializer(BulkSerializer):
    items = BulkItemSerializer(many=True)

    class Meta(BulkSerializer.Meta):
        fields = (*BulkSerializer.Meta.fields, "items")  # type: ignore[assignment]
