"""What reviewers have seen is counted for their rest, and for nothing else."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from audit.services import record
from common.clock import now
from common.errors import Conflict
from review.models import Claim, Exposure, Rest, ReviewCase, ReviewRules
from review.selectors.rules import review_rules
from review.selectors.wellness import budget_left, budgets, rest_running, row_of_heavy_cases

__all__ = ("budget_left", "opened", "why_not_next", "why_not_this")


def opened(claim: Claim, rules: ReviewRules | None = None) -> None:
    """Count what the reviewer now sees, in the transaction of the claim; a rest follows when the rules owe one.

    Called again for the same claim, when a signal adds a topic to an open case, it counts only what is new.
    """
    topics = claim.case.topics.values_list("topic", flat=True)
    Exposure.objects.bulk_create(
        [Exposure(reviewer=claim.reviewer, claim=claim, topic=topic) for topic in topics], ignore_conflicts=True
    )
    rules = rules or review_rules()
    if not budgets(rules) or not rules.rest_after or rest_running(claim.reviewer):
        return
    if len(row_of_heavy_cases(claim.reviewer, rules)) >= rules.rest_after:
        _owe_rest(claim, rules)


def _owe_rest(claim: Claim, rules: ReviewRules) -> None:
    moment = now()
    ends_at = moment + timedelta(minutes=max(1, rules.rest_minutes))
    rest = Rest.objects.create(reviewer=claim.reviewer, begins_at=moment, ends_at=ends_at)
    # Nothing of what was seen: the log is read by others.
    record(actor=claim.reviewer, action="review.rest_owed", target=rest, to_state="owed")


def why_not_next(actor: User) -> Conflict | None:
    """The refusal of any case while the reviewer rests: of the next one, of one they choose, of one handed to them."""
    ends_at = rest_running(actor)
    if ends_at is None:
        return None
    sentence = _(
        "You have seen a good deal in a row: take a rest until %(time)s. Nothing is expected of you until then, "
        "and the cases wait or go to others."
    ) % {"time": date_format(timezone.localtime(ends_at), "H:i T")}
    return Conflict(sentence, code="resting", extra={"rest_ends_at": ends_at.isoformat()})


def why_not_this(actor: User, case: ReviewCase) -> Conflict | None:
    """The refusal of a case about something of which the reviewer has seen enough for a day.

    Also where they choose it or somebody hands it to them: a limit that one may step over is none. Only what is counted
    already they may open again.
    """
    spent = [topic for topic, left in budget_left(actor).items() if left <= 0]
    topics = list(case.topics.filter(topic__in=spent).order_by("topic")) if spent else []
    if not topics or Exposure.objects.filter(reviewer=actor, claim__case=case).exists():
        return None
    sentence = _(
        "You have seen as much of this within a day as anybody should (%(topics)s). The case waits for others, and "
        "nothing is expected of you."
    ) % {"topics": ", ".join(one.get_topic_display() for one in topics)}
    return Conflict(sentence, code="seen_enough", extra={"topics": [one.topic for one in topics]})
