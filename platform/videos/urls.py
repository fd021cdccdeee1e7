"""The bytes of videos. The pages around them are `web`'s."""

from django.urls import URLPattern, path

from videos import views

urlpatterns: list[URLPattern] = [
    path("videos/<uuid:video_id>/media/<str:kind>", views.video_media, name="video-media"),
    path("s/<str:token>/media/<str:kind>", views.share_media, name="share-media"),
]
