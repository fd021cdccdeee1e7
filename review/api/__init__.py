"""The review in the API: the artist's side, and the desk."""

from review.api.answers import Answers
from review.api.artist import CurrentPolicy, SubmissionList, SubmissionWithdrawal
from review.api.comments import CaseComments, CommentRemoval, OneComment
from review.api.decisions import CaseDecision
from review.api.desk import CaseClaim, CaseDetail, CaseList, CaseRelease, CaseRenewal, NextCase
from review.api.preferences import Preferences
from review.api.reports import ReportOutcome, Reports
from review.api.statements import OneStatement, ReviewFigures, StatementAppeal, StatementAppealWithdrawal, StatementList

__all__ = (
    "Answers",
    "CaseClaim",
    "CaseComments",
    "CaseDecision",
    "CaseDetail",
    "CaseList",
    "CaseRelease",
    "CaseRenewal",
    "CommentRemoval",
    "CurrentPolicy",
    "NextCase",
    "OneComment",
    "OneStatement",
    "Preferences",
    "ReportOutcome",
    "Reports",
    "ReviewFigures",
    "StatementAppeal",
    "StatementAppealWithdrawal",
    "StatementList",
    "SubmissionList",
    "SubmissionWithdrawal",
)
