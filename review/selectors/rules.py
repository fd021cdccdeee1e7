"""The rules: what is in force, what is coming, and what the programme sets for its review."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from accounts.models import User
from common.clock import now
from review import policies
from review.models import PolicyVersion, ReasonCode, ReviewQueue, ReviewRules, SavedReply

SHARING = "sharing"


def current_policy(slug: str = SHARING) -> PolicyVersion | None:
    """The version of one policy that is in force at this moment, with its reason codes."""
    return _with_reasons(_newest_begun().filter(policy__slug=slug)).first()


def policies_in_force() -> list[PolicyVersion]:
    """One version of each policy, with its reason codes: the sharing policy first, then by title. Two queries."""
    versions = list(_with_reasons(_newest_begun()))
    return sorted(versions, key=lambda version: (version.policy.slug != SHARING, version.policy.title))


def coming_versions() -> list[PolicyVersion]:
    """What has been published and has not begun, in the order in which it begins. Two queries."""
    coming = PolicyVersion.objects.filter(effective_at__gt=now())
    return list(_with_reasons(coming).order_by("effective_at", "number"))


def versions_of(slug: str) -> list[PolicyVersion]:
    """All versions of a policy, newest first; none of an unknown one. Two queries."""
    return list(_with_reasons(PolicyVersion.objects.filter(policy__slug=slug).order_by("-number")))


def latest_version(slug: str) -> PolicyVersion | None:
    """The newest wording of a policy, begun or not."""
    return _with_reasons(PolicyVersion.objects.filter(policy__slug=slug).order_by("-number")).first()


def version_before(version: PolicyVersion) -> PolicyVersion | None:
    """The wording that this one changed."""
    return _with_reasons(version.policy.versions.filter(number__lt=version.number).order_by("-number")).first()


def reasons_of(rules: Iterable[PolicyVersion]) -> dict[str, ReasonCode]:
    """The reasons of these policies by code; should two share a code, the first policy's counts."""
    reasons: dict[str, ReasonCode] = {}
    for version in rules:
        for reason in version.reason_codes.all():
            reason.policy_version = version  # spares a query when a decision names it
            reasons.setdefault(reason.code, reason)
    return reasons


def reasons_ever() -> dict[str, str]:
    """The label of each reason code that a decision can have named, by code; the newest wording's first. One query.

    Of all policies, also of wordings that are in force no longer: what was refused by them stays refused.
    """
    begun = ReasonCode.objects.filter(policy_version__effective_at__lte=now())
    newest_first = begun.order_by("-policy_version__effective_at", "-policy_version__number", "position", "code")
    labels: dict[str, str] = {}
    for code, label in newest_first.values_list("code", "label"):
        labels.setdefault(code, label)
    return labels


def review_rules() -> ReviewRules:
    """What the programme sets for its review; the defaults while nobody has set anything."""
    return ReviewRules.objects.filter(pk=1).first() or ReviewRules()


def specialist_queues() -> list[ReviewQueue]:
    """The queues that a case can be escalated to: those with members of their own. One query."""
    members = ReviewQueue.members.through.objects.filter(reviewqueue=OuterRef("pk"))
    return list(ReviewQueue.objects.filter(Exists(members), retired_at=None))


def replies_for(reviewer: User) -> QuerySet[SavedReply]:
    """The saved replies that a reviewer has: their own, and everybody's."""
    return policies.replies_visible_to(reviewer)


def _newest_begun() -> QuerySet[PolicyVersion]:
    """Of each policy the version that began last."""
    begun = PolicyVersion.objects.filter(effective_at__lte=now())
    newest = begun.filter(policy=OuterRef("policy")).order_by("-effective_at", "-number").values("pk")[:1]
    return begun.filter(pk=Subquery(newest))


def _with_reasons(versions: QuerySet[PolicyVersion, Any]) -> QuerySet[PolicyVersion]:
    return versions.select_related("policy", "justified_by").prefetch_related("reason_codes")
