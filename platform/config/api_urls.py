"""The REST API, version 1."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

docs = SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="web/api_docs.html")

urlpatterns = [
    path("", include("accounts.api_urls")),
    path("", include("quotas.api_urls")),
    path("", include("notifications.api_urls")),
    path("", include("videos.api_urls")),
    path("", include("generation.api_urls")),
    path("", include("review.api_urls")),
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", docs, name="api-docs"),
]
