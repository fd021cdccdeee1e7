"""A reviewer's own preferences and figures, in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.serializers import RequestBody
from review.models import ReviewerPreferences
from review.states import Topic

FIELDS = ("blurred", "greyscale", "muted", "small", "paused", "languages", "declined_topics")


class PreferencesBody(RequestBody):
    """All of them: what is left out is not guessed."""

    blurred = serializers.BooleanField()
    greyscale = serializers.BooleanField()
    muted = serializers.BooleanField()
    small = serializers.BooleanField()
    paused = serializers.BooleanField()
    languages = serializers.ListField(child=serializers.CharField(max_length=12), help_text="Empty: all.")
    declined_topics = serializers.ListField(child=serializers.ChoiceField(choices=Topic.choices))


class SeenSerializer(serializers.Serializer[Any]):
    topic = serializers.ChoiceField(choices=Topic.choices)
    count = serializers.IntegerField(help_text="Cases that you opened in the last 24 hours.")
    left = serializers.IntegerField(allow_null=True, help_text='That "next" still brings you; null: no limit.')


class PreferencesSerializer(serializers.ModelSerializer[ReviewerPreferences]):
    """Yours alone: nobody else can read them."""

    seen = serializers.SerializerMethodField()
    rest_ends_at = serializers.SerializerMethodField()

    class Meta:
        model = ReviewerPreferences
        fields = (*FIELDS, "seen", "rest_ends_at")

    def get_seen(self, preferences: ReviewerPreferences) -> list[dict[str, Any]]:
        return list(SeenSerializer(self.context["wellness"].seen, many=True).data)

    def get_rest_ends_at(self, preferences: ReviewerPreferences) -> str | None:
        ends_at = self.context["wellness"].rest_ends_at
        return ends_at.isoformat() if ends_at else None
