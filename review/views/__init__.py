"""The desk's pages."""

from review.views.case import case, release, renew
from review.views.decide import decide
from review.views.queue import claim, claim_next, desk

__all__ = ("case", "claim", "claim_next", "decide", "desk", "release", "renew")
