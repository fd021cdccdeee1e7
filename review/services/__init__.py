"""Every write of a review. Import from here; the modules beside this file are its rooms."""

from review.services.answers import answer
from review.services.appeals import appeal, withdraw_appeal
from review.services.calibration import answer_item, close_round, open_round
from review.services.claims import (
    CLAIMS_AT_ONCE,
    claim,
    claim_next,
    refusal_of_next,
    release,
    renew,
    return_lapsed_claims,
)
from review.services.comments import Rectangle, add_comment, edit_comment, remove_comment
from review.services.deadlines import escalate_overdue
from review.services.decisions import decide
from review.services.filters import delete_filter, save_filter
from review.services.golden import add_golden, retire_golden
from review.services.holding import hand, hold, send_to_queue, unhold
from review.services.passing import pass_by, unpass
from review.services.preferences import set_preferences
from review.services.recusal import declare_interest, end_interest, recuse
from review.services.reports import report, tell_reporters
from review.services.routing import check_queue, reroute, reroute_ripe, retire_queue, save_queue
from review.services.rulebook import Reason, Wording, justify, publish_policy
from review.services.signals import look_at, look_at_waiting, ring_for_signals
from review.services.submissions import submit, withdraw
from review.services.takedown import take_down

__all__ = (
    "CLAIMS_AT_ONCE",
    "Reason",
    "Rectangle",
    "Wording",
    "add_comment",
    "add_golden",
    "answer",
    "answer_item",
    "appeal",
    "check_queue",
    "claim",
    "claim_next",
    "close_round",
    "decide",
    "declare_interest",
    "delete_filter",
    "edit_comment",
    "end_interest",
    "escalate_overdue",
    "hand",
    "hold",
    "justify",
    "look_at",
    "look_at_waiting",
    "open_round",
    "pass_by",
    "publish_policy",
    "recuse",
    "refusal_of_next",
    "release",
    "remove_comment",
    "renew",
    "report",
    "reroute",
    "reroute_ripe",
    "retire_golden",
    "retire_queue",
    "return_lapsed_claims",
    "ring_for_signals",
    "save_filter",
    "save_queue",
    "send_to_queue",
    "set_preferences",
    "submit",
    "take_down",
    "tell_reporters",
    "unhold",
    "unpass",
    "withdraw",
    "withdraw_appeal",
)
