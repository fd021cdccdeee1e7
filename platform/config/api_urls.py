"""The REST API, version 1."""

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_update
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

# Swagger's page carries a style element of its own.
docs = csp_update({"style-src": [UNSAFE_INLINE]})(SpectacularSwaggerSplitView.as_view(url_name="api-schema"))

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
