"""The addresses of this app in the API."""

from django.urls import path

from review import api
from review.api import bulk, replies, rules, takedown

urlpatterns = [
    path("videos/<uuid:video_id>/submissions/", api.SubmissionList.as_view(), name="api-submissions"),
    path("videos/<uuid:video_id>/take-down/", takedown.TakeDown.as_view(), name="api-video-take-down"),
    path("submissions/<uuid:case_id>/withdraw/", api.SubmissionWithdrawal.as_view(), name="api-submission-withdraw"),
    path("submissions/<uuid:case_id>/answers/", api.Answers.as_view(), name="api-submission-answers"),
    path("shares/<str:token>/reports/", api.Reports.as_view(), name="api-reports"),
    path("reports/<str:token>/", api.ReportOutcome.as_view(), name="api-report"),
    path("statements/", api.StatementList.as_view(), name="api-statements"),
    path("statements/<uuid:decision_id>/", api.OneStatement.as_view(), name="api-statement"),
    path("statements/<uuid:decision_id>/appeal/", api.StatementAppeal.as_view(), name="api-statement-appeal"),
    path(
        "statements/<uuid:decision_id>/appeal/withdraw/",
        api.StatementAppealWithdrawal.as_view(),
        name="api-statement-appeal-withdraw",
    ),
    path("review/figures/", api.ReviewFigures.as_view(), name="api-review-figures"),
    path("policy/", api.CurrentPolicy.as_view(), name="api-policy"),
    path("policies/", rules.Rules.as_view(), name="api-policies"),
    path("policies/<slug:slug>/", rules.PolicyVersions.as_view(), name="api-policy-versions"),
    path("review/cases/", api.CaseList.as_view(), name="api-review-cases"),
    path("review/queues/", api.QueueList.as_view(), name="api-review-queues"),
    path("review/filters/", api.FilterList.as_view(), name="api-review-filters"),
    path("review/filters/<uuid:filter_id>/", api.OneFilter.as_view(), name="api-review-filter"),
    path("review/next/", api.NextCase.as_view(), name="api-review-next"),
    path("review/cases/<uuid:case_id>/", api.CaseDetail.as_view(), name="api-review-case"),
    path("review/cases/<uuid:case_id>/claim/", api.CaseClaim.as_view(), name="api-review-claim"),
    path("review/cases/<uuid:case_id>/renew/", api.CaseRenewal.as_view(), name="api-review-renew"),
    path("review/cases/<uuid:case_id>/release/", api.CaseRelease.as_view(), name="api-review-release"),
    path("review/cases/<uuid:case_id>/pass/", api.CasePass.as_view(), name="api-review-pass"),
    path("review/cases/<uuid:case_id>/hold/", api.CaseHold.as_view(), name="api-review-hold"),
    path("review/cases/<uuid:case_id>/unhold/", api.CaseUnhold.as_view(), name="api-review-unhold"),
    path("review/cases/<uuid:case_id>/hand/", api.CaseHand.as_view(), name="api-review-hand"),
    path("review/cases/<uuid:case_id>/send/", api.CaseSend.as_view(), name="api-review-send"),
    path("review/cases/<uuid:case_id>/recuse/", api.CaseRecusal.as_view(), name="api-review-recuse"),
    path("review/cases/<uuid:case_id>/decisions/", api.CaseDecision.as_view(), name="api-review-decisions"),
    path("review/cases/<uuid:case_id>/comments/", api.CaseComments.as_view(), name="api-review-comments"),
    path("review/comments/<uuid:comment_id>/", api.OneComment.as_view(), name="api-review-comment"),
    path("review/comments/<uuid:comment_id>/remove/", api.CommentRemoval.as_view(), name="api-review-comment-remove"),
    path("review/preferences/", api.Preferences.as_view(), name="api-review-preferences"),
    path("review/replies/", replies.Replies.as_view(), name="api-review-replies"),
    path("review/replies/<uuid:reply_id>/", replies.OneReply.as_view(), name="api-review-reply"),
    path("review/bulk/", bulk.BulkDecisions.as_view(), name="api-review-bulk"),
    path("review/bulk/candidates/", bulk.BulkCandidates.as_view(), name="api-review-bulk-candidates"),
    path("review/bulk/<uuid:bulk_id>/", bulk.OneBulkDecision.as_view(), name="api-review-bulk-one"),
    path("review/bulk/<uuid:bulk_id>/confirm/", bulk.BulkConfirmation.as_view(), name="api-review-bulk-confirm"),
    path("review/bulk/<uuid:bulk_id>/undo/", bulk.BulkUndo.as_view(), name="api-review-bulk-undo"),
]
