"""The addresses of this app in the API."""

from django.urls import path

from notifications.api import NotificationList, NotificationRead

urlpatterns = [
    path("notifications/", NotificationList.as_view(), name="api-notifications"),
    path("notifications/<uuid:notification_id>/read/", NotificationRead.as_view(), name="api-notification-read"),
]
