"""The desk's pages."""

from review.views.case import case, release, renew
from review.views.comments import comments
from review.views.decide import decide
from review.views.filters import delete_filter, save_filter
from review.views.handing import handing, pass_by
from review.views.preferences import preferences
from review.views.queue import claim, claim_next, desk

__all__ = (
    "case",
    "claim",
    "claim_next",
    "comments",
    "decide",
    "delete_filter",
    "desk",
    "handing",
    "pass_by",
    "preferences",
    "release",
    "renew",
    "save_filter",
)
