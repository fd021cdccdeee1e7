"""The desk's pages."""

from django.urls import path

from review import views

urlpatterns = [
    path("", views.desk, name="desk"),
    path("next/", views.claim_next, name="desk-next"),
    path("cases/<uuid:case_id>/", views.case, name="desk-case"),
    path("cases/<uuid:case_id>/claim/", views.claim, name="desk-claim"),
    path("cases/<uuid:case_id>/renew/", views.renew, name="desk-renew"),
    path("cases/<uuid:case_id>/release/", views.release, name="desk-release"),
    path("cases/<uuid:case_id>/decide/", views.decide, name="desk-decide"),
    path("cases/<uuid:case_id>/comments/", views.comments, name="desk-comments"),
    path("preferences/", views.preferences, name="desk-preferences"),
]
