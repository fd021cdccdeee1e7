"""Every write of a review. Import from here; the modules beside this file are its rooms."""

from review.services.claims import CLAIMS_AT_ONCE, claim, claim_next, release, renew, return_lapsed_claims
from review.services.decisions import decide
from review.services.rulebook import Reason, publish_policy
from review.services.submissions import submit, withdraw

__all__ = (
    "CLAIMS_AT_ONCE",
    "Reason",
    "claim",
    "claim_next",
    "decide",
    "publish_policy",
    "release",
    "renew",
    "return_lapsed_claims",
    "submit",
    "withdraw",
)
