"""What reports take and give in the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.serializers import LinesField, RequestBody
from review.services.reports import MOST_WORDS
from review.states import ReportCategory

STATES = [(state, state) for state in ("received", "looked_at", "stays", "taken_down", "restored")]


class ReportBody(RequestBody):
    category = serializers.ChoiceField(choices=ReportCategory.choices)
    body = LinesField(max_length=MOST_WORDS, help_text="What is wrong, in at least 10 characters.")
    at_ms = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=0,
        max_value=2**31 - 1,
        help_text="When in the film, in milliseconds.",
    )
    email = serializers.EmailField(
        required=False, allow_blank=True, default="", help_text="To be told the outcome; deleted with that mail."
    )


class ReportOutcomeSerializer(serializers.Serializer[Any]):
    """Where a report stands."""

    state = serializers.ChoiceField(choices=STATES)
    category = serializers.CharField()
    sentence = serializers.CharField()
    rule = serializers.CharField(help_text="The public rule by which something was taken down.")
    received_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class ReportMadeSerializer(serializers.Serializer[Any]):
    """The address where the outcome will be: keep it, it is told only once."""

    outcome_url = serializers.CharField()
    outcome_page = serializers.CharField()
