"""What pages and the API read of a review. Each function asks a constant number of queries."""

from review.selectors.artist import (
    PublicDecision,
    Standing,
    Submission,
    places_of,
    public_decision,
    standing_of,
    standings_of,
    submissions,
)
from review.selectors.case import CaseView, Fact, case_facts, case_view, live_claim, shown_renditions
from review.selectors.queue import QUEUE_ROWS, Queue, open_cases, queue
from review.selectors.rules import SHARING, current_policy, review_rules

__all__ = (
    "QUEUE_ROWS",
    "SHARING",
    "CaseView",
    "Fact",
    "PublicDecision",
    "Queue",
    "Standing",
    "Submission",
    "case_facts",
    "case_view",
    "current_policy",
    "live_claim",
    "open_cases",
    "places_of",
    "public_decision",
    "queue",
    "review_rules",
    "shown_renditions",
    "standing_of",
    "standings_of",
    "submissions",
)
