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
from review.selectors.comments import comments_for_artist, comments_of_round, earlier_comments, is_blind
from review.selectors.figures import DeadlineFigures, Wait, deadline_figures
from review.selectors.queue import QUEUE_ROWS, Queue, open_cases, queue
from review.selectors.rules import (
    SHARING,
    coming_versions,
    current_policy,
    earlier_versions,
    policies_in_force,
    reasons_of,
    replies_for,
    review_rules,
    specialist_queues,
    version_before,
)
from review.selectors.wellness import Wellness, budget_left, preferences_of, rest_running, wellness_of

__all__ = (
    "QUEUE_ROWS",
    "SHARING",
    "CaseView",
    "DeadlineFigures",
    "Fact",
    "PublicDecision",
    "Queue",
    "Standing",
    "Submission",
    "Wait",
    "Wellness",
    "budget_left",
    "case_facts",
    "case_view",
    "coming_versions",
    "comments_for_artist",
    "comments_of_round",
    "current_policy",
    "deadline_figures",
    "earlier_comments",
    "earlier_versions",
    "is_blind",
    "live_claim",
    "open_cases",
    "places_of",
    "policies_in_force",
    "preferences_of",
    "public_decision",
    "queue",
    "reasons_of",
    "replies_for",
    "rest_running",
    "review_rules",
    "shown_renditions",
    "specialist_queues",
    "standing_of",
    "standings_of",
    "submissions",
    "version_before",
    "wellness_of",
)
