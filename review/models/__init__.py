"""From private video to decision. Import from here; the modules beside this file are its rooms."""

from review.models.cases import CaseTopic, Claim, Interest, Pass, ReviewCase, ReviewQueue
from review.models.decisions import (
    Assessment,
    BulkDecision,
    BulkItem,
    Comment,
    Decision,
    DecisionRendition,
    InternalNote,
    SavedReply,
)
from review.models.desk import Exposure, Rest, ReviewerPreferences, SavedFilter
from review.models.dialogue import Answer, Appeal, Report
from review.models.policies import Policy, PolicyVersion, ReasonCode, ReviewRules
from review.models.quality import CalibrationAnswer, CalibrationItem, CalibrationRound, GoldenItem
from review.models.signals import FrameHash, Signal

__all__ = (
    "Answer",
    "Appeal",
    "Assessment",
    "BulkDecision",
    "BulkItem",
    "CalibrationAnswer",
    "CalibrationItem",
    "CalibrationRound",
    "CaseTopic",
    "Claim",
    "Comment",
    "Decision",
    "DecisionRendition",
    "Exposure",
    "FrameHash",
    "GoldenItem",
    "Interest",
    "InternalNote",
    "Pass",
    "Policy",
    "PolicyVersion",
    "ReasonCode",
    "Report",
    "Rest",
    "ReviewCase",
    "ReviewQueue",
    "ReviewRules",
    "ReviewerPreferences",
    "SavedFilter",
    "SavedReply",
    "Signal",
)
