"""What the programme sets for its review, as the API takes and gives it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.serializers import RequestBody
from review.models import ReviewRules
from review.services.programme import MOST_A_DAY, MOST_CLOSED_DAYS, NUMBERS
from review.states import SignalKind


class DayField(serializers.DateField):
    """A day in its ISO form, as the rules keep it."""

    def to_internal_value(self, value: Any) -> Any:
        return super().to_internal_value(value).isoformat()


class ReviewRulesSerializer(serializers.ModelSerializer[ReviewRules]):
    """The rules as they hold for what begins from now on."""

    closed_days = serializers.ListField(
        child=DayField(),
        max_length=MOST_CLOSED_DAYS,
        required=False,
        help_text="Holidays, say: they are no working days. Deadlines that were promised already stay as they are.",
    )
    two_person_signals = serializers.ListField(
        child=serializers.ChoiceField(choices=SignalKind.choices),
        required=False,
        help_text="When one of these fires, a second person is asked. A signal never decides more than that.",
    )
    exposure_budget = serializers.DictField(
        child=serializers.IntegerField(min_value=0, max_value=MOST_A_DAY),
        required=False,
        help_text="Cases a day that a reviewer is brought, by topic; a topic that is not named has no limit.",
    )

    class Meta:
        model = ReviewRules
        fields = (*NUMBERS, "closed_days", "two_person_signals", "exposure_budget")


class ReviewRulesBody(RequestBody, ReviewRulesSerializer):
    """Those to change; what is left out stays as it is. A list or a budget is sent whole."""
