"""What the desk's side of the API takes and gives."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.serializers import RequestBody
from review.selectors import CaseView
from review.serializers.artist import ArtistDecisionSerializer
from review.serializers.comments import CommentSerializer
from review.serializers.pointers import LikenessSerializer, PointerSerializer
from review.states import CaseState, SignalKind
from videos.models import Rendition
from videos.states import SHOWN_KINDS


class ClaimBody(RequestBody):
    take_over = serializers.BooleanField(
        required=False, default=False, help_text="Move your own live claim here: its earlier token ends."
    )


class ClaimTokenBody(RequestBody):
    claim_token = serializers.CharField(max_length=100)


class ShownField(serializers.DictField):
    """Kind and SHA-256 of each rendition that was watched."""

    child = serializers.RegexField(r"^[0-9a-f]{64}$")

    def to_internal_value(self, data: Any) -> dict[str, str]:
        shown: dict[str, str] = super().to_internal_value(data)
        kinds = [str(kind) for kind in SHOWN_KINDS]
        if unknown := [kind for kind in shown if kind not in kinds]:
            raise serializers.ValidationError({unknown[0][:40]: f"A key is one of {', '.join(kinds)}."})
        return shown


class ShownRenditionSerializer(serializers.ModelSerializer[Rendition]):
    """A file to watch, with the hash that the decision must name."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = Rendition
        fields = ("kind", "sha256", "size", "content_type", "width", "height", "url")

    def get_url(self, rendition: Rendition) -> str:
        return reverse("api-video-rendition", args=[rendition.video_id, rendition.kind])


class FactSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field named like an attribute of every field
    value = serializers.CharField()


class EarlierDecisionSerializer(ArtistDecisionSerializer):
    reason = serializers.CharField(source="reason.code", default="")
    reason_label = serializers.CharField(source="reason.label", default="")
    reason_description = serializers.CharField(source="reason.description", default="")
    message = serializers.CharField(source="artist_message")
    policy_version = serializers.IntegerField(source="policy_version.number")
    reviewer = serializers.CharField()


class EarlierCaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=CaseState.choices)
    note = serializers.CharField()
    submitted_at = serializers.DateTimeField(source="opened_at")
    closed_at = serializers.DateTimeField(allow_null=True)
    decisions = EarlierDecisionSerializer(many=True)
    noticed_late = serializers.ListField(
        child=serializers.ChoiceField(choices=SignalKind.choices),
        help_text="Signals that fired when this was decided already: nobody had seen them.",
    )


class InternalNoteSerializer(serializers.Serializer[Any]):
    author = serializers.CharField()
    body = serializers.CharField()
    created_at = serializers.DateTimeField()


class CaseSerializer(serializers.Serializer[CaseView]):
    """All that the holder of a live claim sees. `version` goes back with the decision."""

    id = serializers.UUIDField(source="case.id")
    kind = serializers.CharField(source="case.kind")
    state = serializers.ChoiceField(source="case.state", choices=CaseState.choices)
    version = serializers.IntegerField(source="case.version")
    waiting_since = serializers.DateTimeField(source="case.opened_at")
    note = serializers.CharField(source="case.note")
    video = serializers.UUIDField(source="case.video_id")
    seconds = serializers.FloatField(source="case.video.seconds")
    fps = serializers.IntegerField(source="case.video.fps")
    facts = FactSerializer(many=True)
    renditions = ShownRenditionSerializer(many=True)
    earlier = EarlierCaseSerializer(many=True)
    internal_notes = InternalNoteSerializer(source="notes", many=True)
    round = serializers.IntegerField(source="case.round")
    comments = CommentSerializer(many=True)
    earlier_comments = CommentSerializer(many=True)
    signals = PointerSerializer(source="pointers", many=True)
    refused_alike = LikenessSerializer(source="likenesses", many=True)
    claim_id = serializers.SerializerMethodField()
    expires_at = serializers.SerializerMethodField()

    def get_claim_id(self, view: CaseView) -> str:
        return str(self.context["claim"].pk)

    @extend_schema_field(serializers.DateTimeField())
    def get_expires_at(self, view: CaseView) -> Any:
        return self.context["claim"].expires_at


class ClaimedCaseSerializer(CaseSerializer):
    """The same, with the claim's token: it is told once."""

    claim_token = serializers.SerializerMethodField()

    def get_claim_token(self, view: CaseView) -> str:
        return str(self.context["token"])


class ClaimSerializer(serializers.Serializer[Any]):
    claim_id = serializers.UUIDField(source="pk")
    expires_at = serializers.DateTimeField()


class ReleasedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=CaseState.choices)
