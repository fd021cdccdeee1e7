"""What software pointed at, in the API of the desk: places to look at, and nobody's opinion."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from review.selectors.pointers import Likeness, Pointer
from review.states import SignalKind, SignalState


class HitSerializer(serializers.Serializer[Any]):
    at_ms = serializers.IntegerField(allow_null=True, help_text="Milliseconds from the first frame.")
    frame = serializers.IntegerField(allow_null=True, help_text="The number of the frame, from 0.")
    label = serializers.CharField()  # type: ignore[assignment]  # a field named like an attribute of every field
    score = serializers.FloatField(allow_null=True)
    box = serializers.ListField(
        child=serializers.FloatField(), allow_null=True, help_text="left, top, width, height in fractions of the frame"
    )


class PointerSerializer(serializers.Serializer[Any]):
    """One kind of signal. Missing ones are said to be missing: look for yourself."""

    kind = serializers.ChoiceField(choices=SignalKind.choices)
    state = serializers.SerializerMethodField()
    fired = serializers.BooleanField()
    score = serializers.FloatField(allow_null=True)
    detector = serializers.CharField(source="signal.detector", default="")
    detector_version = serializers.CharField(source="signal.detector_version", default="")
    fault = serializers.CharField(source="signal.fault", default="")
    hits = HitSerializer(many=True)

    @extend_schema_field(serializers.ChoiceField(choices=SignalState.choices))
    def get_state(self, pointer: Pointer) -> str:
        return pointer.signal.state if pointer.signal else SignalState.PENDING


class LikenessSerializer(serializers.Serializer[Any]):
    """A refused work that the near-duplicate signal names: its poster and storyboard are open while you hold this."""

    video = serializers.UUIDField(source="video.pk")
    score = serializers.FloatField(source="hit.score", allow_null=True)
    at_ms = serializers.IntegerField(source="hit.at_ms", allow_null=True)
    reason = serializers.SerializerMethodField()

    def get_reason(self, likeness: Likeness) -> str:
        """The code of the refusal; empty for a work that was taken down."""
        return likeness.refusal.reason.code if likeness.refusal and likeness.refusal.reason else ""
