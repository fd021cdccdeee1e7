"""The rules in force."""

from __future__ import annotations

from common.clock import now
from review.models import PolicyVersion, ReviewRules

SHARING = "sharing"


def current_policy(slug: str = SHARING) -> PolicyVersion | None:
    """The version in force at this moment, with its reason codes."""
    versions = PolicyVersion.objects.filter(policy__slug=slug, effective_at__lte=now())
    newest_first = versions.order_by("-effective_at", "-number")
    return newest_first.select_related("policy").prefetch_related("reason_codes").first()


def review_rules() -> ReviewRules:
    """What the programme sets for its review; the defaults while nobody has set anything."""
    return ReviewRules.objects.filter(pk=1).first() or ReviewRules()
