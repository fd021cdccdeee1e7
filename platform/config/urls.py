"""Every address of the site. Each app lists its own; this file only mounts them."""

from django.contrib import admin
from django.urls import include, path

from config.health import healthz

urlpatterns = [
    path("", include("web.urls")),
    path("", include("accounts.urls")),
    path("", include("videos.urls")),
    path("desk/", include("review.urls")),
    path("rules/", include("review.rules_urls")),
    path("accounts/", include("allauth.account.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api_urls")),
    path("healthz", healthz, name="healthz"),
]

handler400 = "web.views.errors.bad_request"
handler403 = "web.views.errors.forbidden"
handler404 = "web.views.errors.not_found"
handler429 = "web.views.errors.too_many"
handler500 = "web.views.errors.server_error"
