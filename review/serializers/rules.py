"""The rules as the API gives them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from review.serializers.artist import PolicySerializer


class PolicyVersionSerializer(PolicySerializer):
    """One version, with what a lead reviewer wrote where its text limits criticism. Never who wrote it."""

    class Meta(PolicySerializer.Meta):
        fields = (*PolicySerializer.Meta.fields, "justification")  # type: ignore[assignment]
        extra_kwargs = {
            "justification": {
                "help_text": "Why the text may limit criticism of the programme or its operator; else empty."
            }
        }


class RulesSerializer(serializers.Serializer[Any]):
    in_force = PolicyVersionSerializer(many=True)
    coming = PolicyVersionSerializer(many=True, help_text="Published, and not in force yet.")
