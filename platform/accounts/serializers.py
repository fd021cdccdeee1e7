"""The bodies of the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import ApiToken, Invitation, Participant, TermsVersion, User
from accounts.services.tokens import DEFAULT_DAYS
from accounts.states import InvitationState, ParticipantRole, StaffRole, TokenState
from common.serializers import RequestBody


class NothingToSay(RequestBody):
    """A request whose address says everything."""


class ParticipantSerializer(serializers.ModelSerializer[Participant]):
    """One's place in the programme."""

    cohort = serializers.CharField(source="cohort.name")

    class Meta:
        model = Participant
        fields = ("public_name", "role", "cohort", "joined_at")
        read_only_fields = fields


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token, without the token itself."""

    state = serializers.ChoiceField(TokenState.choices, read_only=True)
    scopes = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = ApiToken
        fields: tuple[str, ...] = (
            "id",
            "name",
            "hint",
            "scopes",
            "state",
            "created_at",
            "expires_at",
            "last_used_at",
            "last_used_ip",
            "revoked_at",
            "revoked_reason",
        )
        read_only_fields = fields


class NewTokenSerializer(TokenSerializer):
    """The one answer that carries the token itself."""

    token = serializers.SerializerMethodField()

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "token")
        read_only_fields = fields

    def get_token(self, token: ApiToken) -> str:
        return str(self.context["plaintext"])


class MeSerializer(serializers.ModelSerializer[User]):
    """Who asks, and with what."""

    participant = serializers.SerializerMethodField()
    token = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ("id", "email", "name", "staff_role", "time_zone", "date_joined", "participant", "token")
        read_only_fields = fields

    @extend_schema_field(ParticipantSerializer(allow_null=True))
    def get_participant(self, user: User) -> dict[str, Any] | None:
        participant = Participant.objects.select_related("cohort").filter(user=user).first()
        return ParticipantSerializer(participant).data if participant else None

    @extend_schema_field(TokenSerializer(allow_null=True))
    def get_token(self, user: User) -> dict[str, Any] | None:
        token = self.context["token"]
        return TokenSerializer(token).data if token else None


class TermsSerializer(serializers.ModelSerializer[TermsVersion]):
    """One version of the terms."""

    accepted_at = serializers.SerializerMethodField()

    class Meta:
        model = TermsVersion
        fields = ("number", "title", "body", "summary_of_changes", "published_at", "accepted_at")
        read_only_fields = fields

    def get_accepted_at(self, version: TermsVersion) -> datetime | None:
        acceptance = self.context["acceptance"]
        return acceptance.accepted_at if acceptance else None


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """An invitation, as admins see it. The link itself is in the mail alone."""

    state = serializers.ChoiceField(InvitationState.choices, read_only=True)

    class Meta:
        model = Invitation
        fields = (
            "id",
            "email",
            "staff_role",
            "participant_role",
            "cohort",
            "state",
            "created_at",
            "expires_at",
            "accepted_at",
            "revoked_at",
        )
        read_only_fields = fields


class TermsAcceptBody(RequestBody):
    """Which version one agrees to."""

    number = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class TokenBody(RequestBody):
    """A new token."""

    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(child=serializers.CharField(max_length=40), max_length=20)
    days = serializers.IntegerField(default=DEFAULT_DAYS, help_text="1 to 365.")


class InvitationBody(RequestBody):
    """Whom to invite, and as what."""

    email = serializers.CharField(max_length=254)
    cohort = serializers.UUIDField(default=None, allow_null=True, help_text="Empty: the first cohort.")
    participant_role = serializers.ChoiceField(ParticipantRole.choices, default=ParticipantRole.ARTIST)
    staff_role = serializers.ChoiceField(StaffRole.choices, default=StaffRole.NONE)


class AcceptBody(RequestBody):
    """What the mailed link's holder tells of themselves."""

    secret = serializers.CharField(max_length=100, trim_whitespace=False)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    name = serializers.CharField(max_length=80)
    public_name = serializers.CharField(max_length=80, default="", allow_blank=True)


class AccountMadeSerializer(serializers.ModelSerializer[User]):
    """The account that an invitation made."""

    class Meta:
        model = User
        fields = ("id", "email", "name", "staff_role")
        read_only_fields = fields
