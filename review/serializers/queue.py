"""What the queue's side of the API takes and gives: nothing of any case's content."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.serializers import LinesField, RequestBody
from review import filters
from review.models import ReviewCase
from review.services.text import NOTE_LENGTH
from review.states import CaseState, InterestKind


class QueueRowSerializer(serializers.Serializer[Any]):
    """A case in the queue: nothing of its content before it is claimed."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=CaseState.choices)
    waiting_since = serializers.DateTimeField(source="opened_at")
    due_at = serializers.DateTimeField()
    queue = serializers.CharField(source="queue.slug", default=None, allow_null=True, read_only=True)
    topics = serializers.SerializerMethodField()
    language = serializers.CharField()
    model = serializers.CharField(source="model_key")
    round = serializers.IntegerField()
    seconds = serializers.FloatField(source="video.seconds")
    width = serializers.IntegerField(source="video.width")
    height = serializers.IntegerField(source="video.height")
    size = serializers.IntegerField(source="share_copy_size", allow_null=True, help_text="Of the share copy, in bytes.")
    claimed_by_me = serializers.BooleanField(source="mine")
    claimed_by = serializers.SerializerMethodField(help_text="Who looks at it just now.")
    can_claim = serializers.BooleanField()
    on_hold_until = serializers.SerializerMethodField()

    def get_topics(self, row: ReviewCase) -> list[str]:
        return [one.topic for one in row.topics.all()]

    def get_claimed_by(self, row: Any) -> str:
        return str(row.claim_now.reviewer) if row.claim_now else ""

    def get_on_hold_until(self, row: Any) -> str | None:
        return row.held_until.isoformat() if row.on_hold else None


class QueuePageSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = QueueRowSerializer(many=True)


class QueueSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    is_open = serializers.BooleanField(help_text="Whether you may claim from it.")
    waiting = serializers.CharField(source="waiting.words", help_text="A number, or `1,000+`.")
    oldest_waiting_since = serializers.DateTimeField(source="oldest_opened_at", allow_null=True)


class QueryField(serializers.DictField):
    """A filter as the queue's query string: name and values."""

    child = serializers.ListField(child=serializers.CharField(max_length=80), max_length=50)

    def to_internal_value(self, data: Any) -> dict[str, list[str]]:
        """A misspelled name would keep a filter that asks for less than was meant."""
        query: dict[str, list[str]] = super().to_internal_value(data)
        if unknown := [name for name in query if name not in filters.NAMES]:
            raise serializers.ValidationError({unknown[0][:40]: f"A name is one of {', '.join(filters.NAMES)}."})
        return query


class SavedFilterBody(RequestBody):
    name = serializers.CharField(max_length=60)
    query = QueryField()


class SavedFilterSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    query = QueryField()


class PassBody(RequestBody):
    claim_token = serializers.CharField(
        max_length=100, required=False, default="", help_text="Of your claim, when you hold the case."
    )


class WaitBody(RequestBody):
    claim_token = serializers.CharField(
        max_length=100, required=False, default="", help_text="Of your claim; leads need none while nobody holds it."
    )
    note = LinesField(
        max_length=NOTE_LENGTH, required=False, allow_blank=True, default="", help_text="Among reviewers."
    )


class HoldBody(WaitBody):
    until = serializers.DateTimeField()


class HandBody(WaitBody):
    reviewer = serializers.EmailField(help_text="The reviewer's e-mail address.")


class SendBody(WaitBody):
    queue = serializers.CharField(max_length=80, help_text="The queue's key.")


class RecuseBody(RequestBody):
    claim_token = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(choices=InterestKind.choices)


class WaitingSerializer(serializers.Serializer[Any]):
    """Where a case waits now."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=CaseState.choices)
    queue = serializers.CharField(source="queue.slug", default=None, allow_null=True, read_only=True)
    on_hold_until = serializers.DateTimeField(source="held_until", allow_null=True)
    assigned_to = serializers.SerializerMethodField()

    def get_assigned_to(self, case: ReviewCase) -> str:
        return str(case.assigned_to or "")


class InterestSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=InterestKind.choices)
    declared_at = serializers.DateTimeField()
