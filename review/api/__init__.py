"""The review in the API: the artist's side, and the desk."""

from review.api.answers import Answers
from review.api.artist import CurrentPolicy, SubmissionList, SubmissionWithdrawal
from review.api.comments import CaseComments, CommentRemoval, OneComment
from review.api.decisions import CaseDecision
from review.api.desk import CaseClaim, CaseDetail, CaseRelease, CaseRenewal, NextCase
from review.api.handing import CaseHand, CaseHold, CasePass, CaseRecusal, CaseSend, CaseUnhold
from review.api.preferences import Preferences
from review.api.queue import CaseList, FilterList, OneFilter, QueueList
from review.api.reports import ReportOutcome, Reports
from review.api.statements import OneStatement, ReviewFigures, StatementAppeal, StatementAppealWithdrawal, StatementList

__all__ = (
    "Answers",
    "CaseClaim",
    "CaseComments",
    "CaseDecision",
    "CaseDetail",
    "CaseHand",
    "CaseHold",
    "CaseList",
    "CasePass",
    "CaseRecusal",
    "CaseRelease",
    "CaseRenewal",
    "CaseSend",
    "CaseUnhold",
    "CommentRemoval",
    "CurrentPolicy",
    "FilterList",
    "NextCase",
    "OneComment",
    "OneFilter",
    "OneStatement",
    "Preferences",
    "QueueList",
    "ReportOutcome",
    "Reports",
    "ReviewFigures",
    "StatementAppeal",
    "StatementAppealWithdrawal",
    "StatementList",
    "SubmissionList",
    "SubmissionWithdrawal",
)
