"""The review in the API: the artist's side, and the desk."""

from review.api.answers import Answers
from review.api.artist import CurrentPolicy, SubmissionList, SubmissionWithdrawal
from review.api.decisions import CaseDecision
from review.api.desk import CaseClaim, CaseDetail, CaseList, CaseRelease, CaseRenewal, NextCase

__all__ = (
    "Answers",
    "CaseClaim",
    "CaseDecision",
    "CaseDetail",
    "CaseList",
    "CaseRelease",
    "CaseRenewal",
    "CurrentPolicy",
    "NextCase",
    "SubmissionList",
    "SubmissionWithdrawal",
)
