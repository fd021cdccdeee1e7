"""The rules' public pages."""

from django.urls import path

from review.views import rules

urlpatterns = [
    path("", rules.rules, name="rules"),
    path("policies/<slug:slug>/", rules.rules_policy, name="rules-policy"),
]
