"""The addresses of this app in the API."""

from django.urls import URLPattern, path

from videos import api

urlpatterns: list[URLPattern] = [
    path("videos/", api.Videos.as_view(), name="api-videos"),
    path("videos/<uuid:video_id>/", api.VideoDetail.as_view(), name="api-video"),
    path("videos/<uuid:video_id>/renditions/<str:kind>", api.RenditionBytes.as_view(), name="api-video-rendition"),
    path("videos/<uuid:video_id>/captions/", api.Captions.as_view(), name="api-video-captions"),
    path("videos/<uuid:video_id>/shares/", api.Shares.as_view(), name="api-video-shares"),
    path("videos/<uuid:video_id>/shares/revoke/", api.SharesRevoke.as_view(), name="api-video-shares-revoke"),
    path("videos/<uuid:video_id>/trims/", api.Trims.as_view(), name="api-video-trims"),
]
