"""The pages of this app."""

from django.urls import path

from web.views import captions, generations, home, images, notifications, queue, share, studio, theme, videos

urlpatterns = [
    path("", home.home, name="home"),
    path("studio/", studio.studio, name="studio"),
    path("studio/live/", studio.live, name="studio-live"),
    path("studio/price/", studio.price, name="studio-price"),
    path("generations/<uuid:pk>/", generations.detail, name="generation"),
    path("generations/<uuid:pk>/cancel/", generations.cancel, name="generation-cancel"),
    path("generations/<uuid:pk>/hold/", queue.hold, name="generation-hold"),
    path("generations/<uuid:pk>/resume/", queue.resume, name="generation-resume"),
    path("generations/<uuid:pk>/move/", queue.move, name="generation-move"),
    path("images/", images.pictures, name="pictures"),
    path("images/<uuid:pk>/", images.picture, name="picture"),
    path("images/<uuid:pk>/small/", images.small, name="picture-small"),
    path("images/<uuid:pk>/delete/", images.delete, name="picture-delete"),
    path("videos/<uuid:pk>/", videos.detail, name="video"),
    path("videos/<uuid:pk>/title/", videos.title, name="video-title"),
    path("videos/<uuid:pk>/captions/", captions.captions, name="video-captions"),
    path("videos/<uuid:pk>/captions/remove/", captions.remove, name="video-captions-remove"),
    path("videos/<uuid:pk>/submit/", videos.submit, name="video-submit"),
    path("videos/<uuid:pk>/withdraw/", videos.withdraw, name="video-withdraw"),
    path("videos/<uuid:pk>/share/", videos.share, name="video-share"),
    path("videos/<uuid:pk>/unshare/", videos.unshare, name="video-unshare"),
    path("s/<str:token>/", share.share_page, name="share-page"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/<uuid:pk>/", notifications.read, name="notification-read"),
    path("theme/", theme.theme, name="theme"),
]
