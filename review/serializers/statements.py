"""Statements of reasons and appeals in the API.

The names and values of the Digital Services Act's Transparency Database are used wherever it has one for the thing, so
that an operator who must report there can send on what is here; what it has no field for follows below them.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from common.serializers import LinesField, RequestBody
from review.categories import DsaCategory
from review.selectors.statements import Remark, Statement
from review.serializers.artist import ReviewProgressSerializer
from review.serializers.comments import RectangleBody
from review.services.text import MESSAGE_LENGTH
from review.states import AppealState, CaseKind, Outcome

# A work that was never public is not removed or disabled; the database has a word of one's own for that.
NOT_PUBLISHED = "DECISION_VISIBILITY_OTHER"
DISABLED = "DECISION_VISIBILITY_CONTENT_DISABLED"
# Which works may be shared is the programme's own policy, whatever the law says of them besides.
GROUND = "DECISION_GROUND_INCOMPATIBLE_CONTENT"
CONTENT = ("CONTENT_TYPE_VIDEO", "CONTENT_TYPE_SYNTHETIC_MEDIA")
# Somebody's notice, or the programme's own look at everything that is submitted.
SOURCES = {CaseKind.REPORT: "SOURCE_ARTICLE_16"}
SOURCE_OF_OTHERS = "SOURCE_VOLUNTARY"
# I9: no path in the code lets a program decide.
NOT_AUTOMATED = "AUTOMATED_DECISION_NOT_AUTOMATED"
YES_NO = {True: "Yes", False: "No"}
YES_OR_NO = [(word, word) for word in YES_NO.values()]


class AppealBody(RequestBody):
    """What the artist objects."""

    body = LinesField(
        allow_blank=True, trim_whitespace=False, max_length=2 * MESSAGE_LENGTH, help_text="Why the decision is wrong."
    )


class RemarkSerializer(serializers.Serializer[Any]):
    """What was seen, when, and perhaps in which part of the frame."""

    video = serializers.UUIDField(source="video.pk")
    at_ms = serializers.IntegerField()
    timecode = serializers.CharField(help_text="Minutes, seconds, and the frame within the second: 0:03.12.")
    rectangle = serializers.SerializerMethodField(
        help_text="The part of the frame, in fractions of its width and height from the top left; null: all of it."
    )
    body = serializers.CharField()
    url = serializers.SerializerMethodField(help_text="The video's page, at that moment, with the part framed.")

    @extend_schema_field(RectangleBody(allow_null=True))
    def get_rectangle(self, remark: Remark) -> dict[str, float] | None:
        return remark.rectangle._asdict() if remark.rectangle else None

    def get_url(self, remark: Remark) -> str:
        return f"{settings.SITE_URL}{reverse('video', args=[remark.video.pk])}{remark.address_end}"


class AppealSerializer(serializers.Serializer[Any]):
    """An appeal as the artist follows it."""

    state = serializers.ChoiceField(choices=AppealState.choices)
    body = serializers.CharField(source="appeal.body")
    opened_at = serializers.DateTimeField(source="appeal.opened_at")
    due_at = serializers.DateTimeField(source="appeal.case.due_at")
    progress = ReviewProgressSerializer(allow_null=True, help_text="Null once the appeal is closed.")
    closed_at = serializers.DateTimeField(source="appeal.closed_at", allow_null=True)
    reason = serializers.CharField(source="decision.reason.code", default="")
    message = serializers.CharField(source="decision.artist_message", default="")


class StatementSerializer(serializers.Serializer[Any]):
    """One decision against a work of yours, and what you can do about it. Never who decided."""

    puid = serializers.UUIDField(source="decision.pk", help_text="The number of this statement.")
    decision_visibility = serializers.SerializerMethodField()
    decision_visibility_other = serializers.SerializerMethodField()
    end_date_visibility_restriction = serializers.SerializerMethodField()
    decision_ground = serializers.SerializerMethodField()
    incompatible_content_ground = serializers.SerializerMethodField()
    incompatible_content_explanation = serializers.SerializerMethodField()
    incompatible_content_illegal = serializers.SerializerMethodField()
    category = serializers.ChoiceField(source="decision.reason.category", choices=DsaCategory.choices)
    category_addition = serializers.SerializerMethodField()
    content_type = serializers.SerializerMethodField()
    content_date = serializers.SerializerMethodField()
    application_date = serializers.SerializerMethodField()
    decision_facts = serializers.SerializerMethodField()
    source_type = serializers.SerializerMethodField()
    automated_detection = serializers.SerializerMethodField()
    automated_decision = serializers.SerializerMethodField()

    outcome = serializers.ChoiceField(choices=Outcome.choices)
    kind = serializers.ChoiceField(choices=CaseKind.choices)
    video = serializers.UUIDField(source="video.pk")
    policy = serializers.CharField(source="decision.policy_version.policy.slug")
    policy_version = serializers.IntegerField(source="decision.policy_version.number")
    reason = serializers.CharField(source="decision.reason.code")
    message = serializers.CharField(source="decision.artist_message")
    facts = RemarkSerializer(many=True)
    decided_at = serializers.DateTimeField(source="decision.decided_at")
    superseded = serializers.BooleanField(source="is_superseded")
    appeal_until = serializers.DateTimeField(help_text="The last second in which it can be appealed.")
    can_appeal = serializers.BooleanField()
    appeal = AppealSerializer(allow_null=True)
    url = serializers.SerializerMethodField(help_text="The page, which prints well.")

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=[NOT_PUBLISHED, DISABLED])))
    def get_decision_visibility(self, statement: Statement) -> list[str]:
        return [DISABLED if statement.is_take_down else NOT_PUBLISHED]

    def get_decision_visibility_other(self, statement: Statement) -> str:
        return "" if statement.is_take_down else _("Not approved for sharing: the work stays private.")

    @extend_schema_field(serializers.DateField(allow_null=True, help_text="Null: without an end."))
    def get_end_date_visibility_restriction(self, statement: Statement) -> None:
        return None

    def get_decision_ground(self, statement: Statement) -> str:
        return GROUND

    def get_incompatible_content_ground(self, statement: Statement) -> str:
        version = statement.decision.policy_version
        named = {"policy": version.policy.title, "number": version.number, "reason": self._reason(statement).label}
        return _("%(policy)s, version %(number)s: %(reason)s") % named

    def get_incompatible_content_explanation(self, statement: Statement) -> str:
        return f"{self._reason(statement).description}\n\n{statement.decision.artist_message}"

    @extend_schema_field(serializers.ChoiceField(choices=YES_OR_NO))
    def get_incompatible_content_illegal(self, statement: Statement) -> str:
        return YES_NO[False]

    def get_category_addition(self, statement: Statement) -> list[str]:
        return []

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=CONTENT)))
    def get_content_type(self, statement: Statement) -> list[str]:
        return list(CONTENT)

    @extend_schema_field(serializers.DateField(help_text="When the work was made, in UTC."))
    def get_content_date(self, statement: Statement) -> str:
        return f"{statement.video.created_at:%Y-%m-%d}"

    @extend_schema_field(serializers.DateField(help_text="From when the decision counts, in UTC."))
    def get_application_date(self, statement: Statement) -> str:
        return f"{statement.decision.decided_at:%Y-%m-%d}"

    def get_decision_facts(self, statement: Statement) -> str:
        moments = [
            f"{remark.timecode} ({remark.rectangle.words}) {remark.body}"
            if remark.rectangle
            else f"{remark.timecode} {remark.body}"
            for remark in statement.facts
        ]
        return "\n".join([statement.decision.artist_message, *moments])

    @extend_schema_field(serializers.ChoiceField(choices=[*SOURCES.values(), SOURCE_OF_OTHERS]))
    def get_source_type(self, statement: Statement) -> str:
        return SOURCES.get(statement.kind, SOURCE_OF_OTHERS)

    @extend_schema_field(serializers.ChoiceField(choices=YES_OR_NO))
    def get_automated_detection(self, statement: Statement) -> str:
        return YES_NO[statement.decision.automated_detection]

    @extend_schema_field(serializers.ChoiceField(choices=[NOT_AUTOMATED]))
    def get_automated_decision(self, statement: Statement) -> str:
        return NOT_AUTOMATED

    def get_url(self, statement: Statement) -> str:
        return f"{settings.SITE_URL}{reverse('statement', args=[statement.decision.pk])}"

    def _reason(self, statement: Statement) -> Any:
        return statement.decision.reason
