"""The desk's pages."""

from django.urls import path

from review import views
from review.views import bulk, calibration, quality, replies, rules

urlpatterns = [
    path("", views.desk, name="desk"),
    path("next/", views.claim_next, name="desk-next"),
    path("filters/", views.save_filter, name="desk-filter-save"),
    path("filters/<uuid:filter_id>/delete/", views.delete_filter, name="desk-filter-delete"),
    path("cases/<uuid:case_id>/", views.case, name="desk-case"),
    path("cases/<uuid:case_id>/claim/", views.claim, name="desk-claim"),
    path("cases/<uuid:case_id>/renew/", views.renew, name="desk-renew"),
    path("cases/<uuid:case_id>/pass/", views.pass_by, name="desk-pass"),
    path("cases/<uuid:case_id>/handing/", views.handing, name="desk-handing"),
    path("cases/<uuid:case_id>/release/", views.release, name="desk-release"),
    path("cases/<uuid:case_id>/decide/", views.decide, name="desk-decide"),
    path("cases/<uuid:case_id>/comments/", views.comments, name="desk-comments"),
    path("figures/", quality.figures, name="desk-figures"),
    path("figures/mine/", quality.mine, name="desk-figures-mine"),
    path("figures/export/", quality.export, name="desk-figures-csv"),
    path("golden/", calibration.golden, name="desk-golden"),
    path("golden/<uuid:golden_id>/retire/", calibration.retire_golden, name="desk-golden-retire"),
    path("calibration/", calibration.rounds, name="desk-calibration"),
    path("calibration/<uuid:calibration_id>/", calibration.round_page, name="desk-calibration-round"),
    path("calibration/<uuid:calibration_id>/close/", calibration.close_round, name="desk-calibration-close"),
    path("calibration/<uuid:calibration_id>/<int:position>/", calibration.item_page, name="desk-calibration-item"),
    path("bulk/", bulk.bulk, name="desk-bulk"),
    path("bulk/<uuid:bulk_id>/", bulk.bulk_one, name="desk-bulk-one"),
    path("bulk/<uuid:bulk_id>/confirm/", bulk.confirm, name="desk-bulk-confirm"),
    path("bulk/<uuid:bulk_id>/undo/", bulk.undo, name="desk-bulk-undo"),
    path("replies/", replies.replies, name="desk-replies"),
    path("replies/<uuid:reply_id>/", replies.reply, name="desk-reply"),
    path("replies/<uuid:reply_id>/delete/", replies.delete, name="desk-reply-delete"),
    path("rules/justify/", rules.justify, name="desk-justify"),
    path("preferences/", views.preferences, name="desk-preferences"),
]
