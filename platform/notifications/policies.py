"""Who may read a notification: its recipient."""

from django.db.models import QuerySet

from accounts.models import User
from notifications.models import Notification


def visible_to(user: User) -> QuerySet[Notification]:
    """What this person was told; nobody reads another's."""
    return Notification.objects.filter(recipient=user)
