"""The addresses of this app in the API."""

from django.urls import URLPattern, path

from quotas import api

urlpatterns: list[URLPattern] = [
    path("allowance/", api.AllowanceNow.as_view(), name="api-allowance"),
    path("ledger/", api.Ledger.as_view(), name="api-ledger"),
]
